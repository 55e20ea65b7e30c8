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

    public static async Task<int> RunAsync(int events, int customers)
    {
        await using var cluster = await PrivatePostgres.StartAsync(
            new() { Folder = TestFolder.Make("bench"), Port = FreePort.Next() }, CancellationToken.None);
        await cluster.CreateDatabaseAsync("bench", CancellationToken.None);
        await using var database = DatabaseUrl.Open(cluster.DatabaseUrl("bench"), "bench");
        await new Migrator(database, Migration.In(typeof(Migrator).Assembly)).MigrateAsync(CancellationToken.None);
        await FillAsync(new PostgresEventStore(database), events, customers);
        await using var settle = database.CreateCommand("vacuum (freeze, analyze)");
        await settle.ExecuteNonQueryAsync();

        var read = new List<double>();
        var copied = new List<double>();

        for (var round = 0; round < Rounds; round++)
        {
            read.Add(await RateAsync(events, () => ReadAsync(new EventReader(database))));
            copied.Add(await RateAsync(events, () => CopyAsync(database)));
            Console.WriteLine($"round {round + 1}: read {read[^1]:N0}/s, copy {copied[^1]:N0}/s");
        }

        var (median, copy) = (Median(read), Median(copied));
        Console.WriteLine($"read {median:N0} events/s, {median / copy:N2} of COPY TO STDOUT ({copy:N0}/s)");
        Console.WriteLine($"{events} events, {customers} customers");
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

    private static async Task CopyAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        using var copy = await connection.BeginTextExportAsync(
            "copy (select seq_id, version, timestamp, id, stream_id, type, data from mt_events order by seq_id) to stdout");

        while (await copy.ReadLineAsync() is not null)
        {
        }
    }

    private static async Task<double> RateAsync(int events, Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
