using System.Diagnostics;
using EventLedger.Embedded.Postgres;
using EventLedger.EventStore.Schema;
using EventLedger.Projections.Balances;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Projections.Bench;

/// <summary>A ledger with the shipped settings, filled by SQL, since it is reading that is measured here.</summary>
internal sealed class BenchLedger : IAsyncDisposable
{
    private const int BlockSize = 2_000;
    private const int Writers = 4;

    private readonly PrivatePostgres cluster;

    private BenchLedger(PrivatePostgres cluster, NpgsqlDataSource database)
    {
        this.cluster = cluster;
        Database = database;
    }

    public NpgsqlDataSource Database { get; }

    public static async Task<BenchLedger> StartAsync()
    {
        var postgres = await PrivatePostgres.StartAsync(
            new() { Folder = TestFolder.Make("bench"), Port = FreePort.Next() }, CancellationToken.None);
        await postgres.CreateDatabaseAsync("bench", CancellationToken.None);
        var ledger = new BenchLedger(postgres, DatabaseUrl.Open(postgres.DatabaseUrl("bench"), "bench"));
        await new Migrator(
            ledger.Database,
            [.. Migration.In(typeof(Migrator).Assembly), .. Migration.In(typeof(BalanceProjection).Assembly)])
            .MigrateAsync(CancellationToken.None);
        return ledger;
    }

    /// <summary>Stores events in blocks of 2,000, spread evenly over <paramref name="days"/>, with balances.</summary>
    /// <param name="count">How many.</param>
    /// <param name="customer">Whose the event n is, in SQL.</param>
    /// <param name="version">Its version on that customer's stream, in SQL.</param>
    /// <param name="days">From the beginning of a month on.</param>
    public async Task FillAsync(int count, string customer, string version, int days)
    {
        var time = $"timestamptz '2026-10-01Z' + (n - 1) / {BlockSize} * interval '{days} days' "
            + $"/ (1 + {(count - 1) / BlockSize})";
        await ExecuteAsync($"select create_event_partition(slot) from generate_series(0, {count / 1_000_000}) as slot");
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => ExecuteAsync($$"""
            set eventledger.ticket = '1';
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
            select n, md5(n::text)::uuid, {{customer}}, {{version}}, jsonb_build_object(
                    'amount', -2340 - n % 100, 'asset', 'OMR/6', 'reason', 'usage:newapi:qwen3-coder',
                    'request_id', 'req-' || n, 'fingerprint', lpad(to_hex(n), 16, '0'), 'tenant_id', 'tenant-acme',
                    'model', (array['qwen3-coder', 'llama4', 'mistral-large'])[1 + n % 3], 'tokens_used', 15,
                    'prompt_tokens', 10, 'completion_tokens', 5, 'latency_ms', 423,
                    'completed_at', '2026-11-21T17:00:00Z', 'observation_id', '01JD8Q4Y6Z-' || n,
                    'source', 'gateway-1', 'sequence', n),
                'usage_recorded', {{time}}, 'EventLedger.Accounts.UsageRecorded, EventLedger.Accounts'
            from generate_series(
                {{1L + ((long)count * writer / Writers)}}, {{(long)count * (writer + 1) / Writers}}) as n
            """)));
        await ExecuteAsync($"""
            insert into blocks (number, first_position, positions, recorded_at, root, hash)
            select 1 + (n - 1) / {BlockSize}, n, least({BlockSize}, {count} - n + 1), {time},
                sha256(n::text::bytea), sha256(n::text::bytea)
            from generate_series(1, {count}, {BlockSize}) as n;
            update head set block = (select max(number) from blocks), position = {count},
                recorded_at = (select max(recorded_at) from blocks);
            insert into mt_streams (id, version) select stream_id, max(version) from mt_events group by 1;
            insert into balances
            select customer_id, asset, sum(amount), count(*), max(position) from entries group by 1, 2
            """);
        await ExecuteAsync("vacuum (freeze, analyze)");
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await cluster.DisposeAsync();
    }
}
