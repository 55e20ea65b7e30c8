using Npgsql;

namespace EventLedger.Projections.Rolling;

/// <summary>
/// Work that follows the events in slices of positions, each in one transaction with its checkpoint in
/// <c>mt_event_progression</c>. Any number of processes may try; one at a time does it.
/// </summary>
/// <param name="database">The ledger's database.</param>
/// <param name="name">The checkpoint's name.</param>
/// <param name="lockKey">The advisory lock of whoever rolls.</param>
public abstract class Rollup(NpgsqlDataSource database, string name, long lockKey)
{
    // Who reads the head sees everything up to it from the next statement on.
    private const string SliceSql = """
        select p.last_seq_id, least(h.position, p.last_seq_id + $1), h.position
        from mt_event_progression p, head h where p.name = $2
        """;

    private const string CheckpointSql = """
        update mt_event_progression set last_seq_id = $2, last_updated = transaction_timestamp()
        where name = $3 and last_seq_id = $1
        """;

    // What a slice is sorted and grouped in: at the database's default it would go to its disk.
    private const string MemorySql = "set local work_mem = '64MB'";

    /// <summary>The most positions that one transaction takes.</summary>
    public int PositionsMax { get; init; } = 200_000;

    /// <summary>The checkpoint's name.</summary>
    public string Name => name;

    /// <summary>Rolls up one slice; true if there is more to do at once.</summary>
    /// <exception cref="RollupException">The database refuses to take the slice in.</exception>
    public async Task<bool> RollAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var tryLock = new NpgsqlCommand("select pg_try_advisory_xact_lock($1)", connection)
        {
            Parameters = { new() { Value = lockKey } },
        };

        if (await tryLock.ExecuteScalarAsync(cancellation) is false)
        {
            return false;
        }

        var (after, last, head) = await ReadSliceAsync(connection, cancellation);

        if (last == after)
        {
            return false;
        }

        await TakeAsync(after, last, connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return last < head;
    }

    /// <summary>The statements that take in the events after a position up to another one.</summary>
    protected abstract IEnumerable<NpgsqlBatchCommand> Take(long after, long last);

    private async Task TakeAsync(
        long after, long last, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var roll = new NpgsqlBatch(connection) { BatchCommands = { new(MemorySql) } };

        foreach (var command in Take(after, last))
        {
            roll.BatchCommands.Add(command);
        }

        roll.BatchCommands.Add(new(CheckpointSql)
        {
            Parameters = { new() { Value = after }, new() { Value = last }, new() { Value = name } },
        });

        try
        {
            await roll.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException refused)
        {
            throw new RollupException(
                $"{name}: positions {after + 1} to {last} can't be taken in: {refused.SqlState} {refused.MessageText}",
                refused);
        }
    }

    private async Task<(long After, long Last, long Head)> ReadSliceAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var slice = new NpgsqlCommand(SliceSql, connection)
        {
            Parameters = { new() { Value = (long)PositionsMax }, new() { Value = name } },
        };
        await using var reader = await slice.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }
}
