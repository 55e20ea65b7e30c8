using System.Data;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Ledger.Streaming;

/// <summary>Finds where a subscriber goes on.</summary>
/// <param name="database">The ledger's database.</param>
internal sealed class BalanceHistory(NpgsqlDataSource database)
{
    private const string HeadSql = """
        select position, coalesce((select min(version) from mt_events where stream_id = $1 and seq_id > $2), 0)
        from head
        """;

    // From what the balances are now, backwards: what came since is less than all that ever came.
    private const string BalancesSql = """
        select b.asset, (b.balance - coalesce(since.amount, 0))::bigint, b.entries - coalesce(since.entries, 0),
            least(b.position, $2)
        from balances b left join (
            select asset, sum(amount) as amount, count(*) as entries from entries
            where customer_id = $1 and position > $2 and amount is not null group by asset
        ) as since using (asset)
        where b.customer_id = $1 and b.entries > coalesce(since.entries, 0)
        """;

    /// <summary>What the customer's balances were right after a position, or, without one, at the head.</summary>
    public async Task<BalancePoint> ReadAsync(string customerId, long? after, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var (head, version) = await ReadHeadAsync(connection, customerId, after ?? long.MaxValue, cancellation);
        var balances = new Dictionary<string, Balance>(StringComparer.Ordinal);
        await using var command = Command(connection, BalancesSql, customerId, after ?? head);
        await using var rows = await command.ExecuteReaderAsync(cancellation);

        while (await rows.ReadAsync(cancellation))
        {
            balances.Add(
                rows.GetString(0), new(rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3)));
        }

        return new BalancePoint(head, version, balances);
    }

    private static async Task<(long Head, long Version)> ReadHeadAsync(
        NpgsqlConnection connection, string customerId, long after, CancellationToken cancellation)
    {
        await using var command = Command(connection, HeadSql, customerId, after);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return (row.GetInt64(0), row.GetInt64(1));
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, string customerId, long position) =>
        new(sql, connection) { Parameters = { new() { Value = customerId }, new() { Value = position } } };
}

/// <summary>A customer's balances at a point of the ledger, and what has come since.</summary>
/// <param name="Head">The newest position when it was read.</param>
/// <param name="NextVersion">The first version on the customer's stream that came since; 0 if none did.</param>
/// <param name="Balances">The balances by asset.</param>
internal sealed record BalancePoint(long Head, long NextVersion, Dictionary<string, Balance> Balances);
