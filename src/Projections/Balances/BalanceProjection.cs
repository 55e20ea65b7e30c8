using EventLedger.EventStore.Appending;
using Npgsql;

namespace EventLedger.Projections.Balances;

/// <summary>One row for each customer and asset in <c>balances</c>, changed in the transaction of the events.</summary>
public static class BalanceProjection
{
    private const string ReadSql = """
        select customer_id, balance from balances where customer_id = any($1) and asset = $2
        """;

    /// <summary>
    /// Adds the changes, whose customers' streams the transaction holds, in the order of their positions. An append
    /// that has nothing else to do at its positions sends a <see cref="BalanceUpdate"/> along instead.
    /// </summary>
    /// <returns>The balance right after each change, in the same order.</returns>
    /// <exception cref="OverflowException">The changes of one customer don't fit 64 bits together.</exception>
    /// <exception cref="PostgresException">A balance would leave 64 bits: SQLSTATE 22003.</exception>
    public static async Task<long[]> ApplyAsync(
        IReadOnlyList<BalanceChange> changes, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (changes.Count == 0)
        {
            return [];
        }

        var update = new BalanceUpdate(changes);
        await update.Alone.RunAsync(connection, cancellation);
        return update.BalancesAfter();
    }

    /// <summary>Adds the customers' balances in an asset, as the transaction has them then, to a dictionary.</summary>
    public static AppendStatement Read(
        IEnumerable<string> customerIds, string asset, Dictionary<string, long> balances) => new(
        ReadSql, row => balances.Add(row.GetString(0), row.GetInt64(1)), [customerIds.ToArray(), asset]);
}
