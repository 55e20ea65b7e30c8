using System.Diagnostics;
using EventLedger.EventStore.Reading;
using Npgsql;

namespace EventLedger.EventStore.Bench;

/// <summary>
/// Reads all events in order, beside <c>COPY … TO STDOUT</c> of the same columns, in turns on the same cluster; then
/// one stream whose events lie in every partition.
/// </summary>
internal static class ReadBench
{
    private const int Rounds = 5;
    private const int Events = 1_000_000;
    private const int Partitions = 32;
    private const int PartitionSize = 1_000_000;
    private const int StreamReadings = 201;

    private const string CopySql = """
        copy (select seq_id, version, timestamp, id, stream_id, type, data from mt_events order by seq_id) to stdout
        """;

    public static async Task RunAsync(int customers)
    {
        await using var database = await BenchDatabase.StartAsync();
        await database.Store.AppendAsync(
            BenchEvents.Lanes(1, Events, customers, Appender.Lanes, Appender.BatchSize));
        await database.ExecuteAsync("vacuum (freeze, analyze)");
        var read = new List<double>();
        var copied = new List<double>();

        for (var round = 0; round < Rounds; round++)
        {
            read.Add(await RateAsync(() => ReadAsync(new EventReader(database.Source))));
            copied.Add(await RateAsync(() => CopyAsync(database.Source)));
        }

        Console.WriteLine($"{Events} events, {customers} customers: read {read.Spread()}, "
            + $"COPY TO STDOUT {copied.Spread()}, ratio {read.Median() / copied.Median():N2}");

        var streamMs = await StreamMedianMsAsync(database);
        Console.WriteLine($"one stream over {Partitions} partitions: {streamMs:N1} ms");
    }

    private static async Task ReadAsync(EventReader reader)
    {
        var (count, last) = (0, 0L);

        await foreach (var @event in reader.ReadFromAsync(1))
        {
            count += @event.Position > last ? 1 : 0;
            last = @event.Position;
        }

        if (count != Events)
        {
            throw new InvalidOperationException($"{count} of {Events} events came in order.");
        }
    }

    // psql, since it does nothing with the rows but to write them where nobody reads them.
    private static async Task CopyAsync(NpgsqlDataSource database)
    {
        var place = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var url = $"postgres://{place.Username}@{place.Host}:{place.Port}/{place.Database}";
        using var psql = Process.Start("psql", ["-qX", "-o", "/dev/null", "-c", CopySql, url]);
        await psql.WaitForExitAsync();

        if (psql.ExitCode != 0)
        {
            throw new InvalidOperationException($"psql ended with {psql.ExitCode}.");
        }
    }

    // The stream's events lie one in each partition: nothing shortens the search for them.
    private static async Task<double> StreamMedianMsAsync(BenchDatabase database)
    {
        for (var slot = 1; slot <= Partitions; slot++)
        {
            await database.ExecuteAsync($"""
                select setval('mt_events_sequence', (position / {PartitionSize} + 1) * {PartitionSize}) from head
                """);
            await database.Store.AppendAsync([[[BenchEvents.Make(long.MaxValue - slot, customers: 1)]]]);
        }

        var reader = new EventReader(database.Source);
        var tookMs = new List<double>();

        for (var reading = 0; reading < StreamReadings; reading++)
        {
            var started = Stopwatch.GetTimestamp();
            await reader.ReadStreamAsync("customer-000000").CountAsync();
            tookMs.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return tookMs.Median();
    }

    private static async Task<double> RateAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
