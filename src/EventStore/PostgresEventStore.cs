using EventLedger.EventStore.Appending;
using Npgsql;

namespace EventLedger.EventStore;

/// <summary>Streams of events in Marten's tables, chained in blocks.</summary>
/// <param name="database">A database that <see cref="Schema.Migrator"/> brought up to date.</param>
public sealed class PostgresEventStore(NpgsqlDataSource database)
{
    private readonly EventPartitions partitions = new(database);

    /// <summary>Opens a transaction that appends. Any number may be open, in any number of processes.</summary>
    public async Task<AppendTransaction> BeginAsync(CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);

        try
        {
            return new AppendTransaction(connection, await connection.BeginTransactionAsync(cancellation), partitions);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
