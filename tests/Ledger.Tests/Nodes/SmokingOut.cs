using System.Diagnostics;
using EventLedger.Testing;
using EventLedger.Testing.Forges;
using Xunit.Abstractions;

namespace EventLedger.Ledger.Tests.Nodes;

/// <summary>The script that operators run against their forge, against the stand-in; part of the long form.</summary>
public class SmokingOut(ITestOutputHelper log)
{
    [Fact]
    public async Task The_smoke_script_passes_and_removes_what_it_made()
    {
        if (!Rounds.AreLong)
        {
            return;
        }

        await using var forge = StandInForge.Start();
        var start = new ProcessStartInfo(Path.Combine(ProjectFolder.Root, "ops", "smoke", "usage-push"))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["FORGE_URL"] = forge.Url,
                ["FORGE_TOKEN"] = StandInForge.Token,
                ["LEDGER_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "ledger.dll"),
                ["SMOKE_PORT"] = $"{FreePort.Next()}",
            },
        };
        using var script = Process.Start(start)!;
        var error = script.StandardError.ReadToEndAsync();
        var output = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        log.WriteLine(output);

        output.ShouldEndWith("smoke: passed\n");
        script.ExitCode.ShouldBe(0);
        (output + await error).ShouldNotContain(StandInForge.Token);
        Directory.Exists(forge.Repository.Folder).ShouldBeFalse();
    }
}
