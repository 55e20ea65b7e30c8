using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// Connections that only append, and keep their planner settings and prepared statements from one transaction to the
/// next: the pool's reset between two users would undo both, so they belong to no other pool.
/// </summary>
/// <param name="database">Where to open them.</param>
internal sealed class AppendConnections(NpgsqlDataSource database) : IAsyncDisposable
{
    /// <summary>Connections that are kept while nobody uses them; the rest is closed.</summary>
    public const int IdleMax = 16;

    // Nothing but loops over indexes, in the order of the ids: it keeps two transactions from holding rows that the
    // other one wants. A plan for these arrays' lengths alone is never worth the planning, which would be done for
    // each message. The time is what a client that hangs may hold up everybody behind it.
    private const string SettingsSql = """
        set jit = off; set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off;
        set plan_cache_mode = force_generic_plan; set idle_in_transaction_session_timeout = '20s'
        """;

    private readonly ConcurrentBag<NpgsqlConnection> idle = [];
    private volatile bool isDisposed;

    /// <summary>How many wait for the next append.</summary>
    public int Idle => idle.Count;

    /// <summary>A connection without a transaction.</summary>
    public async ValueTask<NpgsqlConnection> TakeAsync(CancellationToken cancellation)
    {
        if (idle.TryTake(out var kept))
        {
            return kept;
        }

        var opened = Make();

        try
        {
            await opened.OpenAsync(cancellation);
            await using var settings = new NpgsqlCommand(SettingsSql, opened);
            await settings.ExecuteNonQueryAsync(cancellation);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Keeps a connection whose transaction has ended; one that broke takes the idle ones with it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="mayHoldLocks">Whether locks of its session may be left, which only its end gives back.</param>
    public async ValueTask GiveBackAsync(NpgsqlConnection connection, bool mayHoldLocks)
    {
        if (connection.FullState == ConnectionState.Open && !mayHoldLocks && idle.Count < IdleMax && !isDisposed)
        {
            idle.Add(connection);
            return;
        }

        if (connection.FullState != ConnectionState.Open)
        {
            await CloseIdleAsync();
        }

        await connection.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        isDisposed = true;
        await CloseIdleAsync();
    }

    private NpgsqlConnection Make()
    {
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false };

        // Cloned for the password, which the data source doesn't tell.
        using var template = database.CreateConnection();
        return template.CloneWith(settings.ConnectionString);
    }

    private async ValueTask CloseIdleAsync()
    {
        while (idle.TryTake(out var connection))
        {
            await connection.DisposeAsync();
        }
    }
}
