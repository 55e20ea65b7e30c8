using Npgsql;

namespace EventLedger.Projections.Statements;

/// <summary>
/// Adds events to <c>statement_totals</c> after they were appended, in slices, each in one transaction with the
/// checkpoint. Any number of processes may try; one at a time does it.
/// </summary>
/// <param name="database">The ledger's database.</param>
public sealed class StatementRollup(NpgsqlDataSource database)
{
    /// <summary>Waits until nobody rolls up, and keeps it so to the end of the transaction.</summary>
    internal const string LockSql = "select pg_advisory_xact_lock(7000000000000000011)";

    /// <summary>What is done where the row of a key is there already.</summary>
    internal const string AddToExisting = """
        on conflict (customer_id, asset, day, kind, md5(model)) do update set
            amount = t.amount + excluded.amount,
            entries = t.entries + excluded.entries,
            tokens_used = t.tokens_used + excluded.tokens_used,
            prompt_tokens = t.prompt_tokens + excluded.prompt_tokens,
            completion_tokens = t.completion_tokens + excluded.completion_tokens,
            cached_tokens = t.cached_tokens + excluded.cached_tokens,
            reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens
        """;

    private const string TryLockSql = "select pg_try_advisory_xact_lock(7000000000000000011)";

    // Who reads the head sees everything up to it from the next statement on.
    private const string SliceSql = """
        select p.last_seq_id, least(h.position, p.last_seq_id + $1), h.position
        from mt_event_progression p, head h where p.name = 'statement_totals'
        """;

    private const string CheckpointSql = """
        update mt_event_progression set last_seq_id = $2, last_updated = transaction_timestamp()
        where name = 'statement_totals' and last_seq_id = $1
        """;

    /// <summary>The most positions that one transaction takes.</summary>
    public int PositionsMax { get; init; } = 100_000;

    /// <summary>Rolls up one slice; true if there is more to do at once.</summary>
    /// <exception cref="StatementException">The database refuses to sum the slice.</exception>
    public async Task<bool> RollAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var tryLock = new NpgsqlCommand(TryLockSql, connection);

        if (await tryLock.ExecuteScalarAsync(cancellation) is false)
        {
            return false;
        }

        var (after, last, head) = await ReadSliceAsync(connection, cancellation);

        if (last == after)
        {
            return false;
        }

        await AddAsync(after, last, connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return last < head;
    }

    /// <summary>Sums the events after $1 up to $2 into a table of totals.</summary>
    internal static string SumInto(string table) => $"""
        insert into {table} ({StatementTotal.Columns})
        select customer_id, asset, day, model, kind, sum(amount), count(*), sum(tokens_used), sum(prompt_tokens),
            sum(completion_tokens), sum(cached_tokens), sum(reasoning_tokens)
        from (select * from entries where position > $1 and position <= $2 offset 0) as entry
        where amount is not null group by customer_id, asset, day, model, kind
        """;

    private static async Task AddAsync(
        long after, long last, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var roll = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command($"{SumInto("statement_totals as t")} {AddToExisting}", after, last),
                Command(CheckpointSql, after, last),
            },
        };

        try
        {
            await roll.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException refused)
        {
            throw new StatementException(
                $"positions {after + 1} to {last} can't be summed: {refused.SqlState} {refused.MessageText}", refused);
        }
    }

    private async Task<(long After, long Last, long Head)> ReadSliceAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var slice = new NpgsqlCommand(SliceSql, connection)
        {
            Parameters = { new() { Value = (long)PositionsMax } },
        };
        await using var reader = await slice.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static NpgsqlBatchCommand Command(string sql, long after, long last) =>
        new(sql) { Parameters = { new() { Value = after }, new() { Value = last } } };
}
