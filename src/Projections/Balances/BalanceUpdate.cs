using EventLedger.EventStore.Appending;

namespace EventLedger.Projections.Balances;

/// <summary>
/// Changes of balances as one statement, and what each change left the balance at. The transaction holds the
/// customers' streams.
/// </summary>
public sealed class BalanceUpdate
{
    // A plain update costs half of an upsert, and nearly every customer has a row already; only where it has found
    // fewer rows than it should, the missing ones are looked for.
    private static readonly string AlongSql = Sql(DrawnPositions.FirstSql);
    private static readonly string AloneSql = Sql("0");

    private readonly IReadOnlyList<BalanceChange> changes;
    private readonly Dictionary<(string CustomerId, string Asset), Sum> sums = [];
    private readonly Dictionary<(string, string), long> after = [];

    /// <summary>Takes changes in the order of their positions.</summary>
    /// <exception cref="OverflowException">The changes of one customer don't fit 64 bits together.</exception>
    public BalanceUpdate(IReadOnlyList<BalanceChange> changes)
    {
        this.changes = changes;

        // Summed per balance first: an update can't touch the same row twice in one statement.
        foreach (var change in changes)
        {
            var key = (change.CustomerId, change.Asset);
            var sum = sums.GetValueOrDefault(key);
            sums[key] = new Sum(checked(sum.Amount + change.Amount), sum.Entries + 1, change.Position);
        }
    }

    /// <summary>
    /// The statement, to be sent along with the events. The database refuses a balance that would leave 64 bits, with
    /// SQLSTATE 22003.
    /// </summary>
    public AppendStatement Along => Statement(AlongSql);

    /// <summary>The same, of changes that know their positions.</summary>
    internal AppendStatement Alone => Statement(AloneSql);

    /// <summary>The balance right after each change, in their order, once the statement has run.</summary>
    public long[] BalancesAfter()
    {
        var balances = new long[changes.Count];

        // Walked backwards from what the rows hold now, so that no row is read again.
        for (var i = balances.Length - 1; i >= 0; i--)
        {
            var key = (changes[i].CustomerId, changes[i].Asset);
            balances[i] = after[key];
            after[key] = unchecked(after[key] - changes[i].Amount);
        }

        return balances;
    }

    private static string Sql(string firstPosition) => $"""
        with change as (
            select customer_id, asset, amount, entries, position + {firstPosition} as position
            from unnest($1, $2, $3, $4, $5) as change (customer_id, asset, amount, entries, position)),
        updated as (
            update balances as b
            set balance = b.balance + change.amount, entries = b.entries + change.entries, position = change.position
            from change where b.customer_id = change.customer_id and b.asset = change.asset
            returning b.customer_id, b.asset, b.balance),
        inserted as (
            insert into balances (customer_id, asset, balance, entries, position)
            select customer_id, asset, amount, entries, position from change
            where (select count(*) from updated) < cardinality($1)
                and (customer_id, asset) not in (select customer_id, asset from updated)
            returning customer_id, asset, balance)
        select * from updated union all select * from inserted
        """;

    private AppendStatement Statement(string sql) => new(
        sql,
        row => after.Add((row.GetString(0), row.GetString(1)), row.GetInt64(2)),
        [
            sums.Keys.Select(key => key.CustomerId).ToArray(),
            sums.Keys.Select(key => key.Asset).ToArray(),
            sums.Values.Select(sum => sum.Amount).ToArray(),
            sums.Values.Select(sum => sum.Entries).ToArray(),
            sums.Values.Select(sum => sum.Position).ToArray(),
        ]);

    private readonly record struct Sum(long Amount, long Entries, long Position);
}
