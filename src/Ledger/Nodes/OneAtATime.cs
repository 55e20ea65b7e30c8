using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>Keeps what one process at a time does from running twice: a lock that ends with its connection.</summary>
internal sealed class OneAtATime : IAsyncDisposable
{
    /// <summary>The lock of pushes.</summary>
    public const long Push = 7_000_000_000_000_000_021;

    /// <summary>The lock of pulls.</summary>
    public const long Pull = 7_000_000_000_000_000_022;

    /// <summary>How long one waits for another one to end.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(20);

    private readonly NpgsqlConnection connection;
    private readonly long key;

    private OneAtATime(NpgsqlConnection connection, long key)
    {
        this.connection = connection;
        this.key = key;
    }

    /// <summary>Takes the lock; null if somebody holds it for longer than that.</summary>
    public static async Task<OneAtATime?> TakeAsync(
        NpgsqlDataSource database, long key, TimeSpan wait, CancellationToken cancellation)
    {
        var opened = await database.OpenConnectionAsync(cancellation);

        try
        {
            await using var take = new NpgsqlBatch(opened)
            {
                BatchCommands =
                {
                    new NpgsqlBatchCommand($"set lock_timeout = {(long)wait.TotalMilliseconds}"),
                    new NpgsqlBatchCommand($"select pg_advisory_lock({key})"),
                    new NpgsqlBatchCommand("reset lock_timeout"),
                },
            };
            await take.ExecuteNonQueryAsync(cancellation);
            return new OneAtATime(opened, key);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await opened.DisposeAsync();
            return null;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the lock back.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await using var release = new NpgsqlCommand($"select pg_advisory_unlock({key})", connection);
            await release.ExecuteNonQueryAsync();
        }
        catch (Exception lost) when (lost is NpgsqlException or InvalidOperationException)
        {
            // The connection is gone, perhaps long since, and the lock with it.
        }

        await connection.DisposeAsync();
    }
}
