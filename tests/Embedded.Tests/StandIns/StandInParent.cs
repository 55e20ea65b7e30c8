using EventLedger.Embedded.Nats;
using EventLedger.Embedded.Postgres;
using EventLedger.Testing;

namespace EventLedger.Embedded.Tests.StandIns;

/// <summary>A process with private servers, to be killed. Prints their process ids.</summary>
internal static class StandInParent
{
    public static async Task RunAsync(string folder)
    {
        var postgres = await PrivatePostgres.StartAsync(
            new() { Folder = $"{folder}/postgres", Port = FreePort.Next(), Size = PostgresSize.Small }, default);
        var nats = await PrivateNats.StartAsync(new() { Folder = $"{folder}/nats", Port = FreePort.Next() }, default);

        Console.WriteLine($"{postgres.Process!.Id} {nats.Process!.Id}");
        await Task.WhenAll(postgres.Process.Exited, nats.Process.Exited);
    }
}
