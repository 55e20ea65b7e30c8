using System.Diagnostics;
using System.Text;
using EventLedger.Embedded.Postgres;
using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Reading;
using EventLedger.EventStore.Schema;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.EventStore.Bench;

/// <summary>
/// Reads all events in order, beside <c>COPY … TO STDOUT</c> of the same rows, in turns on the same cluster; then one
/// stream whose events lie in every partition.
/// </summary>
internal static class ReadBench
{
    private const int Rounds = 5;
    private const int Lanes = 6;
    private const int BatchSize = 2000;
    private const int Partitions = 32;
    private const int PartitionSize = 1_000_000;
    private const int StreamReadings = 201;

    private const string CopySql = """
        copy (select seq_id, version, timestamp, id, stream_id, type, data from mt_events order by seq_id) to stdout
        """;

    public static async Task<int> RunAsync(int events, int customers)
    {
        await using var cluster = await PrivatePostgres.StartAsync(
            new() { Folder = TestFolder.Make("bench"), Port = FreePort.Next() }, CancellationToken.None);
        await cluster.CreateDatabaseAsync("bench", CancellationToken.None);
        var url = cluster.DatabaseUrl("bench");
        await using var database = DatabaseUrl.Open(url, "bench");
        await new Migrator(database, Migration.In(typeof(Migrator).Assembly)).MigrateAsync(CancellationToken.None);
        var store = new PostgresEventStore(database);
        await FillAsync(store, events, customers);
        await using var settle = database.CreateCommand("vacuum (freeze, analyze)");
        await settle.ExecuteNonQueryAsync();

        var read = new List<double>();
        var copied = new List<double>();

        for (var round = 0; round < Rounds; round++)
        {
            read.Add(await RateAsync(events, () => ReadAsync(new EventReader(database))));
            copied.Add(await RateAsync(events, () => CopyAsync(url)));
            Console.WriteLine($"round {round + 1}: read {read[^1]:N0}/s, copy {copied[^1]:N0}/s");
        }

        var (median, copy) = (Median(read), Median(copied));
        Console.WriteLine($"read {median:N0} events/s, {median / copy:N2} of COPY TO STDOUT ({copy:N0}/s)");
        Console.WriteLine($"{events} events, {customers} customers");

        var streamMs = await StreamMedianMsAsync(database, store);
        Console.WriteLine($"one stream over {Partitions} partitions: {streamMs:N1} ms");
        return 0;
    }

    private static Task FillAsync(PostgresEventStore store, int events, int customers) =>
        Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(async () =>
        {
            var own = Enumerable.Range(0, events).Where(n => n % customers % Lanes == lane);

            foreach (var batch in own.Chunk(BatchSize))
            {
                await AppendAsync(store, [.. batch.Select(n => EventOf(n, customers))]);
            }
        })));

    private static async Task AppendAsync(PostgresEventStore store, NewEvent[] events)
    {
        await using var append = await store.BeginAsync(CancellationToken.None);
        var claims = events.CountBy(e => e.StreamId).Select(s => new StreamClaim(s.Key, s.Value)).ToArray();
        await append.CreateStreamsAsync(claims.Select(claim => claim.StreamId), CancellationToken.None);
        await append.LockAsync(claims, [], CancellationToken.None);
        await append.WriteAsync(events, CancellationToken.None);
        await append.CommitAsync(CancellationToken.None);
    }

    private static NewEvent EventOf(int n, int customers) => new(
        $"customer-{n % customers:000000}", IdOf(n), n, "usage_recorded",
        "EventLedger.Accounts.UsageRecorded, EventLedger.Accounts",
        Encoding.UTF8.GetBytes(
            $$"""
            {"amount":-{{2340 + (n % 100)}},"asset":"OMR/6","reason":"usage:newapi:qwen3-coder","request_id":"req-{{n}}",
            "fingerprint":"{{n:x16}}","tenant_id":"tenant-acme","model":"qwen3-coder","tokens_used":15,
            "latency_ms":423,"completed_at":"2026-11-21T17:00:00Z","observation_id":"01JD8Q4Y6Z-{{n}}",
            "source":"gateway-1","sequence":{{n}}}
            """));

    // Spread like hashes, which is what real ids are.
    private static Guid IdOf(int n)
    {
        var bytes = new byte[16];
        new Random(n).NextBytes(bytes);
        return new Guid(bytes);
    }

    private static async Task ReadAsync(EventReader reader)
    {
        var (count, bytes, last) = (0L, 0L, 0L);

        await foreach (var @event in reader.ReadFromAsync(1))
        {
            if (@event.Position <= last)
            {
                throw new InvalidOperationException($"{@event.Position} came after {last}.");
            }

            (count, bytes, last) = (count + 1, bytes + @event.Data.Length, @event.Position);
        }
    }

    // psql, since it does nothing with the rows but to write them where nobody reads them.
    private static async Task CopyAsync(string url)
    {
        using var psql = Process.Start("psql", ["-qX", "-o", "/dev/null", "-c", CopySql, url]);
        await psql.WaitForExitAsync();

        if (psql.ExitCode != 0)
        {
            throw new InvalidOperationException($"psql ended with {psql.ExitCode}.");
        }
    }

    // The stream's events lie one in each partition: nothing shortens the search for them.
    private static async Task<double> StreamMedianMsAsync(NpgsqlDataSource database, PostgresEventStore store)
    {
        for (var slot = 1; slot <= Partitions; slot++)
        {
            await using var skip = database.CreateCommand($"""
                select setval('mt_events_sequence', (position / {PartitionSize} + 1) * {PartitionSize}) from head
                """);
            await skip.ExecuteNonQueryAsync();
            await AppendAsync(store, [EventOf(int.MaxValue - slot, 1)]);
        }

        var reader = new EventReader(database);
        var took = new List<double>();

        for (var reading = 0; reading < StreamReadings; reading++)
        {
            var started = Stopwatch.GetTimestamp();
            await reader.ReadStreamAsync("customer-000000").CountAsync();
            took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return Median(took);
    }

    private static async Task<double> RateAsync(int events, Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
