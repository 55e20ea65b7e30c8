using System.Diagnostics;
using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Processes;
using EventLedger.Testing;

namespace EventLedger.Embedded.Tests;

public class DyingParents
{
    [Fact]
    public async Task Take_their_servers_with_them_and_leave_folders_that_start_again()
    {
        var folder = TestFolder.Make("parent");
        using var parent = Process.Start(new ProcessStartInfo(
            Programs.Dotnet(), [typeof(DyingParents).Assembly.Location, "parent", folder])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var servers = (await parent.StandardOutput.ReadLineAsync())!.Split(' ');

        Posix.Send(parent.Id, Signal.Kill);
        await parent.WaitForExitAsync();

        await Eventually.HoldsAsync(() => !servers.Any(IsAlive));
        await using var postgres = await PrivatePostgres.StartAsync(
            new() { Folder = $"{folder}/postgres", Port = FreePort.Next(), Size = PostgresSize.Small },
            CancellationToken.None);
    }

    // A zombie is dead, whoever should have waited for it.
    private static bool IsAlive(string processId)
    {
        try
        {
            return !File.ReadAllText($"/proc/{processId}/stat").Contains(") Z ");
        }
        catch (IOException)
        {
            return false;
        }
    }
}
