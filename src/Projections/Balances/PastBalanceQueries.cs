using System.Data;
using Npgsql;

namespace EventLedger.Projections.Balances;

/// <summary>
/// Reads balances as they were. An answer for a position that the ledger has passed, or for a time that its newest
/// block has reached, never changes: later blocks have later positions and later times.
/// </summary>
/// <param name="database">The ledger's database.</param>
public sealed class PastBalanceQueries(NpgsqlDataSource database)
{
    // Blocks have microseconds, so at or before a time is before the next one.
    internal const string PositionAtSql = "select position_before($1 + interval '1 microsecond')";

    // The events that no day's total stands for: after the last midnight before the position, or the checkpoint.
    private const string BoundsSql = """
        select newest.day, least(p.last_seq_id, position_before(newest.day::timestamp at time zone 'UTC')),
            coalesce((select seq_id from mt_events
                where stream_id = $1 and version <= version_at($1, $2) and entry_amount(data) is not null
                order by version desc limit 1), 0)
        from mt_event_progression p, (select coalesce(
            (select (timestamp at time zone 'UTC')::date from mt_events
                where seq_id <= $2 order by seq_id desc limit 1),
            '-infinity') as day) as newest
        where p.name = 'statement_totals'
        """;

    private const string BalancesSql = """
        select asset, sum(amount)::bigint, sum(entries)::bigint
        from (
            select asset, amount, entries from statement_totals where customer_id = $1 and day < $2
            union all
            select asset, amount, 1 from entries
            where customer_id = $1 and position > $3 and position <= $4 and amount is not null
        ) as part
        group by asset order by asset
        """;

    /// <summary>The position of the last event at or before a time; 0 where there is none.</summary>
    public async Task<long> ReadPositionAtAsync(DateTimeOffset time, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(PositionAtSql);
        command.Parameters.Add(new() { Value = time.ToUniversalTime() });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The customer's balances as they were at a position.</summary>
    /// <exception cref="PostgresException">A sum is outside 64 bits: SQLSTATE 22003.</exception>
    public async Task<PastBalance> ReadAsync(string customerId, long position, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var (day, after, last) = await ReadBoundsAsync(customerId, position, connection, cancellation);

        await using var command = new NpgsqlCommand(BalancesSql, connection)
        {
            Parameters =
            {
                new() { Value = customerId }, new() { Value = day }, new() { Value = after },
                new() { Value = position },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var assets = new List<AssetBalance>();

        while (await reader.ReadAsync(cancellation))
        {
            assets.Add(new(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return new PastBalance(position, last, assets);
    }

    private static async Task<(DateOnly Day, long After, long Last)> ReadBoundsAsync(
        string customerId, long position, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var bounds = new NpgsqlCommand(BoundsSql, connection)
        {
            Parameters = { new() { Value = customerId }, new() { Value = position } },
        };
        await using var reader = await bounds.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetFieldValue<DateOnly>(0), reader.GetInt64(1), reader.GetInt64(2));
    }
}
