using EventLedger.EventStore.Appending;
using Npgsql;

namespace EventLedger.EventStore;

/// <summary>Streams of events in Marten's tables, chained in blocks.</summary>
/// <param name="database">A database that <see cref="Schema.Migrator"/> brought up to date.</param>
public sealed class PostgresEventStore(NpgsqlDataSource database) : IAsyncDisposable
{
    private readonly AppendConnections connections = new(database);
    private readonly EventPartitions partitions = new(database);

    /// <summary>Connections that wait for the next append.</summary>
    internal int IdleConnections => connections.Idle;

    /// <summary>Opens a transaction that appends. Any number may be open, in any number of processes.</summary>
    public async Task<AppendTransaction> BeginAsync(CancellationToken cancellation)
    {
        var connection = await connections.TakeAsync(cancellation);

        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellation);
            return new AppendTransaction(connection, transaction, connections, partitions);
        }
        catch
        {
            await connections.GiveBackAsync(connection, mayHoldLocks: false);
            throw;
        }
    }

    /// <summary>Closes the connections that are kept for appends; those in use are closed as they come back.</summary>
    public ValueTask DisposeAsync() => connections.DisposeAsync();
}
