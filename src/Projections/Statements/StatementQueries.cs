using System.Data;
using Npgsql;

namespace EventLedger.Projections.Statements;

/// <summary>
/// Reads statements, exact at any moment: whole days come from <c>statement_totals</c>, and what these don't hold yet,
/// or not to the hour, from the customer's events.
/// </summary>
/// <param name="database">The ledger's database.</param>
public sealed class StatementQueries(NpgsqlDataSource database)
{
    // For each of the two times: the last position before it, and before the midnight that began its day.
    private const string BoundsSql = """
        select last_seq_id,
            position_before($1), position_before(date_trunc('day', $1, 'UTC')),
            position_before($2), position_before(date_trunc('day', $2, 'UTC'))
        from mt_event_progression where name = 'statement_totals'
        """;

    // Everything before a time is the totals of the days before, and the events from there on. What is between two
    // times is the difference of that. $3 and $4, $5 and $6 are the positions of such events.
    private const string TotalsSql = """
        select asset, day, model, kind, sum(sign * amount)::bigint, sum(sign * entries)::bigint,
            sum(sign * tokens_used)::bigint, sum(sign * prompt_tokens)::bigint,
            sum(sign * completion_tokens)::bigint, sum(sign * cached_tokens)::bigint,
            sum(sign * reasoning_tokens)::bigint
        from (
            select 1 as sign, asset, day, model, kind, amount, entries, tokens_used, prompt_tokens,
                completion_tokens, cached_tokens, reasoning_tokens
            from statement_totals
            where customer_id = $1 and day >= ($2 at time zone 'UTC')::date and day < ($7 at time zone 'UTC')::date
            union all
            select -1, asset, day, model, kind, amount, 1, tokens_used, prompt_tokens,
                completion_tokens, cached_tokens, reasoning_tokens
            from entries where customer_id = $1 and position > $3 and position <= $4 and amount is not null
            union all
            select 1, asset, day, model, kind, amount, 1, tokens_used, prompt_tokens,
                completion_tokens, cached_tokens, reasoning_tokens
            from entries where customer_id = $1 and position > $5 and position <= $6 and amount is not null
        ) as part
        group by asset, day, model, kind having sum(sign * entries) <> 0 order by asset, day, model, kind
        """;

    private const string OpeningSql = """
        select asset, sum(amount)::bigint
        from (
            select asset, amount from statement_totals
            where customer_id = $1 and day < ($2 at time zone 'UTC')::date
            union all
            select asset, amount from entries
            where customer_id = $1 and position > $3 and position <= $4 and amount is not null
        ) as part
        group by asset order by asset
        """;

    /// <summary>
    /// The statement of what was recorded from <paramref name="from"/> on, before <paramref name="to"/>.
    /// </summary>
    /// <exception cref="PostgresException">A sum is outside 64 bits: SQLSTATE 22003.</exception>
    public async Task<Statement> ReadAsync(
        string customerId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var (fromRest, toRest) = await ReadBoundsAsync(connection, from, to, cancellation);

        await using var read = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command(OpeningSql, customerId, from, fromRest.After, fromRest.Last),
                Command(
                    TotalsSql, customerId, from, fromRest.After, fromRest.Last, toRest.After, toRest.Last, to),
            },
        };
        await using var reader = await read.ExecuteReaderAsync(cancellation);
        var opening = new Dictionary<string, long>();

        while (await reader.ReadAsync(cancellation))
        {
            opening.Add(reader.GetString(0), reader.GetInt64(1));
        }

        await reader.NextResultAsync(cancellation);
        var totals = new List<StatementTotal>();

        while (await reader.ReadAsync(cancellation))
        {
            totals.Add(ReadTotal(reader));
            opening.TryAdd(totals[^1].Asset, 0);
        }

        return new Statement(opening, totals, fromRest.Last, toRest.Last);
    }

    // The events before a time that no day's total stands for: after the last midnight, or after the checkpoint.
    private static async Task<((long After, long Last) FromRest, (long After, long Last) ToRest)> ReadBoundsAsync(
        NpgsqlConnection connection, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var bounds = new NpgsqlCommand(BoundsSql, connection)
        {
            Parameters = { new() { Value = from.ToUniversalTime() }, new() { Value = to.ToUniversalTime() } },
        };
        await using var reader = await bounds.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var checkpoint = reader.GetInt64(0);

        return (
            (Math.Min(checkpoint, reader.GetInt64(2)), reader.GetInt64(1)),
            (Math.Min(checkpoint, reader.GetInt64(4)), reader.GetInt64(3)));
    }

    private static StatementTotal ReadTotal(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetFieldValue<DateOnly>(1), row.GetString(2), row.GetString(3), row.GetInt64(4),
        row.GetInt64(5),
        new(row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10)));

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value is DateTimeOffset time ? time.ToUniversalTime() : value });
        }

        return command;
    }
}
