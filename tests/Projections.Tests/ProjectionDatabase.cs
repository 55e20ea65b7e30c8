using EventLedger.EventStore.Schema;
using EventLedger.Projections.Balances;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Projections.Tests;

/// <summary>The views on an empty database, each call in a transaction of its own.</summary>
internal sealed class ProjectionDatabase : IAsyncDisposable
{
    /// <summary>The store's and the views' tables, empty.</summary>
    public static readonly TestTemplate Migrated = new(database => new Migrator(
        database, [.. Migration.In(typeof(Migrator).Assembly), .. Migration.In(typeof(BalanceProjection).Assembly)])
        .MigrateAsync(CancellationToken.None));

    private readonly TestDatabase testDatabase;

    private ProjectionDatabase(TestDatabase testDatabase)
    {
        this.testDatabase = testDatabase;
        Source = DatabaseUrl.Open(testDatabase.Url, "tests");
    }

    public NpgsqlDataSource Source { get; }

    public static async Task<ProjectionDatabase> CreateAsync() => new(await Migrated.CopyAsync());

    /// <summary>Applies changes as an append would.</summary>
    public Task<long[]> ApplyAsync(params BalanceChange[] changes) =>
        InTransactionAsync(connection => BalanceProjection.ApplyAsync(changes, connection, CancellationToken.None));

    public async Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var result = await work(connection);
        await transaction.CommitAsync();
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await testDatabase.DisposeAsync();
    }
}
