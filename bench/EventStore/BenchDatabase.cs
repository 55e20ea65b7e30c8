using EventLedger.Embedded.Postgres;
using EventLedger.EventStore.Schema;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.EventStore.Bench;

/// <summary>A database on a private cluster with the shipped settings, as it is after it has run for a while.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private readonly PrivatePostgres cluster;

    private BenchDatabase(PrivatePostgres cluster, NpgsqlDataSource source)
    {
        this.cluster = cluster;
        Source = source;
        Store = new PostgresEventStore(source);
    }

    public NpgsqlDataSource Source { get; }

    public PostgresEventStore Store { get; }

    public static async Task<BenchDatabase> StartAsync()
    {
        var started = await PrivatePostgres.StartAsync(
            new() { Folder = TestFolder.Make("bench"), Port = FreePort.Next() }, CancellationToken.None);
        await started.CreateDatabaseAsync("bench", CancellationToken.None);
        var source = DatabaseUrl.Open(started.DatabaseUrl("bench"), "bench");
        await WalFiles.FillAsync(source);
        await new Migrator(source, Migration.In(typeof(Migrator).Assembly)).MigrateAsync(CancellationToken.None);
        return new BenchDatabase(started, source);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> ReadAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Events, their indexes and their ids.</summary>
    public Task<long> BytesPerEventAsync() => ReadAsync("""
        select (sum(pg_total_relation_size(inhrelid)) + pg_total_relation_size('event_ids'))::bigint
            / (select position from head) from pg_inherits where inhparent = 'mt_events'::regclass
        """);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Source.DisposeAsync();
        await cluster.DisposeAsync();
    }
}
