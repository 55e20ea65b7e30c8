using System.Data;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// One moment of the ledger, that several connections see alike however long they read, while appends go on.
/// </summary>
public sealed class LedgerSnapshot : IAsyncDisposable
{
    // The holder of the snapshot waits idle while others read, and a statement may take as long as the ledger is large.
    private const string SessionSql = """
        set local idle_in_transaction_session_timeout = 0;
        set local statement_timeout = 0;
        set local jit = off
        """;

    private readonly NpgsqlDataSource database;
    private readonly NpgsqlTransaction transaction;
    private readonly string name;

    private LedgerSnapshot(NpgsqlDataSource database, NpgsqlTransaction transaction, string name)
    {
        this.database = database;
        this.transaction = transaction;
        this.name = name;
    }

    /// <summary>The connection that holds the snapshot, inside its transaction.</summary>
    public NpgsqlConnection Connection => transaction.Connection!;

    /// <summary>Takes the snapshot.</summary>
    public static async Task<LedgerSnapshot> TakeAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);

        try
        {
            var began = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            await using var export = new NpgsqlCommand("select pg_export_snapshot()", connection);
            var exported = (string)(await export.ExecuteScalarAsync(cancellation))!;
            await ExecuteAsync(connection, SessionSql, cancellation);
            return new LedgerSnapshot(database, began, exported);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens another connection that sees the same; closing it ends its transaction.</summary>
    public async Task<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);

        try
        {
            await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            await ExecuteAsync(connection, $"set transaction snapshot '{name}'", cancellation);
            await ExecuteAsync(connection, SessionSql, cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets go of the snapshot.</summary>
    public async ValueTask DisposeAsync()
    {
        var connection = Connection;
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
