using System.Diagnostics;
using EventLedger.EventStore.Verifying;
using Npgsql;

namespace EventLedger.EventStore.Bench;

/// <summary>Verifies the whole chain, with a reader for each core, on the same machine as the database.</summary>
internal static class VerifyBench
{
    private const int Rounds = 5;
    private const int Events = 1_000_000;

    public static async Task RunAsync(int customers)
    {
        await using var database = await BenchDatabase.StartAsync();
        await database.Store.AppendAsync(
            BenchEvents.Lanes(0, Events, customers, Appender.Lanes, Appender.BatchSize));
        var rates = new List<double>();

        for (var round = 0; round < Rounds; round++)
        {
            rates.Add(Events / await VerifyAsync(database.Source));
        }

        Console.WriteLine($"verify, {Events} events, {customers} customers, {Environment.ProcessorCount} readers: "
            + $"{rates.Spread()}");
    }

    private static async Task<double> VerifyAsync(NpgsqlDataSource database)
    {
        var started = Stopwatch.GetTimestamp();
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, CancellationToken.None);
        var report = await new ChainVerifier(snapshot, new() { Readers = Environment.ProcessorCount })
            .VerifyAsync(progress: null, CancellationToken.None);

        return report.Finding is null && report.Events == Events
            ? Stopwatch.GetElapsedTime(started).TotalSeconds
            : throw new InvalidOperationException($"Not whole: {report}");
    }
}
