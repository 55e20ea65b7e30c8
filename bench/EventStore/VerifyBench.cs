using System.Diagnostics;
using EventLedger.Embedded.Postgres;
using EventLedger.EventStore.Schema;
using EventLedger.EventStore.Verifying;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.EventStore.Bench;

/// <summary>
/// Verifies the whole chain of events that were appended as <see cref="AppendBench"/> does it, with a reader for each
/// core, on the same machine as the database.
/// </summary>
internal static class VerifyBench
{
    private const int Rounds = 5;

    public static async Task<int> RunAsync(int events, int customers)
    {
        await using var cluster = await PrivatePostgres.StartAsync(
            new() { Folder = TestFolder.Make("bench"), Port = FreePort.Next() }, CancellationToken.None);
        await cluster.CreateDatabaseAsync("bench", CancellationToken.None);
        await using var database = DatabaseUrl.Open(cluster.DatabaseUrl("bench"), "bench");
        await new Migrator(database, Migration.In(typeof(Migrator).Assembly)).MigrateAsync(CancellationToken.None);
        await AppendBench.AppendAsync(new PostgresEventStore(database), 0, events, customers);

        var rates = new List<double>();

        for (var round = 0; round < Rounds; round++)
        {
            rates.Add(events / await VerifyAsync(database, events));
            Console.WriteLine($"round {round + 1}: verify {rates[^1]:N0}/s");
        }

        Console.WriteLine($"verify {rates.Order().ElementAt(Rounds / 2):N0} events/s, {events} events, "
            + $"{customers} customers, {Environment.ProcessorCount} readers");
        return 0;
    }

    private static async Task<double> VerifyAsync(NpgsqlDataSource database, int events)
    {
        var started = Stopwatch.GetTimestamp();
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, CancellationToken.None);
        var report = await new ChainVerifier(snapshot, new() { Readers = Environment.ProcessorCount })
            .VerifyAsync(progress: null, CancellationToken.None);

        return report.Finding is null && report.Events == events
            ? Stopwatch.GetElapsedTime(started).TotalSeconds
            : throw new InvalidOperationException($"Not whole: {report}");
    }
}
