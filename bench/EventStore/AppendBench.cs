using System.Diagnostics;
using System.Text;
using EventLedger.Embedded.Postgres;
using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Schema;
using EventLedger.Testing;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.EventStore.Bench;

/// <summary>
/// Appends in lanes that own their customers, beside one binary COPY of as many rows into a like table with like
/// indexes, on the same cluster with the shipped settings. Rounds take turns, and the medians are compared.
/// </summary>
internal static class AppendBench
{
    private const int Rounds = 5;
    private const int Lanes = 6;
    private const int BatchSize = 2000;

    private const string LikeTableSql = """
        drop table if exists plain;
        create table plain (seq_id bigint primary key, id uuid not null, stream_id varchar not null,
            version bigint not null, data jsonb not null, type varchar(500) not null, timestamp timestamptz not null,
            mt_dotnet_type varchar);
        create unique index on plain (stream_id, version);
        create unique index on plain (id)
        """;

    private const string CopySql = """
        copy plain (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type) from stdin (format binary)
        """;

    public static async Task<int> RunAsync(int events, int customers)
    {
        await using var cluster = await PrivatePostgres.StartAsync(
            new() { Folder = TestFolder.Make("bench"), Port = FreePort.Next() }, CancellationToken.None);
        await cluster.CreateDatabaseAsync("bench", CancellationToken.None);
        await using var database = DatabaseUrl.Open(cluster.DatabaseUrl("bench"), "bench");
        await new Migrator(database, Migration.In(typeof(Migrator).Assembly)).MigrateAsync(CancellationToken.None);
        var store = new PostgresEventStore(database);

        var appended = new List<double>();
        var copied = new List<double>();

        for (var round = 0; round < Rounds; round++)
        {
            appended.Add(events / await TimeAsync(() => AppendAsync(store, round * events, events, customers)));
            copied.Add(events / await CopyAsync(database, events, customers));
            Console.WriteLine($"round {round + 1}: append {appended[^1]:N0}/s, copy {copied[^1]:N0}/s");
        }

        var (append, copy) = (Median(appended), Median(copied));
        Console.WriteLine($"append {append:N0} events/s, {append / copy:N2} of a plain COPY ({copy:N0}/s)");
        Console.WriteLine($"{events} events a round, {customers} customers, {Lanes} lanes of {BatchSize}, "
            + $"{await BytesPerEventAsync(database)} bytes an event on disk");
        return 0;
    }

    public static Task AppendAsync(PostgresEventStore store, int first, int count, int customers) =>
        Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(async () =>
        {
            var own = Enumerable.Range(first, count).Where(n => n % customers % Lanes == lane);

            foreach (var batch in own.Chunk(BatchSize))
            {
                await AppendBatchAsync(store, batch, customers);
            }
        })));

    private static async Task AppendBatchAsync(PostgresEventStore store, int[] batch, int customers)
    {
        var events = batch.Select(n => new NewEvent(
            Customer(n, customers), IdOf(n), n, "usage_recorded", DotnetType, DataOf(n))).ToArray();
        var claims = events.CountBy(e => e.StreamId).Select(s => new StreamClaim(s.Key, s.Value)).ToArray();
        var ids = events.Select(e => e.Id).ToArray();

        await using var append = await store.BeginAsync(CancellationToken.None);

        if ((await append.LockAsync(claims, ids, CancellationToken.None)).Versions.Count < claims.Length)
        {
            await append.DisposeAsync();
            await CreateAsync(store, claims);
            await AppendBatchAsync(store, batch, customers);
            return;
        }

        await append.WriteAsync(events, CancellationToken.None);
        await append.CommitAsync(CancellationToken.None);
    }

    private static async Task CreateAsync(PostgresEventStore store, StreamClaim[] claims)
    {
        await using var create = await store.BeginAsync(CancellationToken.None);
        await create.CreateStreamsAsync(claims.Select(claim => claim.StreamId), CancellationToken.None);
        await create.CommitAsync(CancellationToken.None);
    }

    private static async Task<double> CopyAsync(NpgsqlDataSource database, int count, int customers)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var create = new NpgsqlCommand(LikeTableSql, connection);
        await create.ExecuteNonQueryAsync();

        return await TimeAsync(async () =>
        {
            await using var copy = await connection.BeginBinaryImportAsync(CopySql);

            for (var n = 0; n < count; n++)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync((long)n, NpgsqlDbType.Bigint);
                await copy.WriteAsync(IdOf(n), NpgsqlDbType.Uuid);
                await copy.WriteAsync(Customer(n, customers), NpgsqlDbType.Varchar);
                await copy.WriteAsync((long)n / customers, NpgsqlDbType.Bigint);
                await copy.WriteAsync(DataOf(n), NpgsqlDbType.Jsonb);
                await copy.WriteAsync("usage_recorded", NpgsqlDbType.Varchar);
                await copy.WriteAsync(DateTimeOffset.UnixEpoch, NpgsqlDbType.TimestampTz);
                await copy.WriteAsync(DotnetType, NpgsqlDbType.Varchar);
            }

            await copy.CompleteAsync();
        });
    }

    private const string DotnetType = "EventLedger.Accounts.UsageRecorded, EventLedger.Accounts";

    private static string Customer(int n, int customers) => $"customer-{n % customers:000000}";

    // Spread like hashes, which is what real ids are.
    private static Guid IdOf(int n)
    {
        var bytes = new byte[16];
        new Random(n).NextBytes(bytes);
        return new Guid(bytes);
    }

    private static byte[] DataOf(int n) => Encoding.UTF8.GetBytes(
        $$"""
        {"amount":-{{2340 + (n % 100)}},"asset":"OMR/6","reason":"usage:newapi:qwen3-coder","request_id":"req-{{n}}",
        "fingerprint":"{{n:x16}}","tenant_id":"tenant-acme","model":"qwen3-coder","tokens_used":15,"latency_ms":423,
        "completed_at":"2026-11-21T17:00:00Z","observation_id":"01JD8Q4Y6Z-{{n}}","source":"gateway-1","sequence":{{n}}}
        """);

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<long> BytesPerEventAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            select (sum(pg_total_relation_size(inhrelid)) + pg_total_relation_size('event_ids'))::bigint
                / (select position from head) from pg_inherits where inhparent = 'mt_events'::regclass
            """);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
