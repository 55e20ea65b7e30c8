using EventLedger.Accounts;
using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Copying;
using EventLedger.Projections.Rebuilding;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Projections.Balances;

/// <summary>Makes <c>balances</c> anew.</summary>
internal sealed class BalanceRebuild : RebuiltView
{
    public override string Name => "balances";

    internal override string ReachedSql => "select position from head";

    // Every append holds it shared from its first statement on. Locks on tables or rows instead could close a circle
    // with appends that wait for each other's tickets.
    internal override string LockSql => $"select pg_advisory_xact_lock({WriterLock.Key})";

    // Picked by PostgreSQL, which takes half of the time of writing all data out; what they mean is decided here.
    internal override string[] FoldedColumns =>
    [
        "seq_id", "stream_id", "data ->> 'amount'", "data ->> 'asset'", "data ->> 'amount_omr'",
        "data ->> 'amount_micro_omr'",
    ];

    internal override string SideColumns => "customer_id, asset, balance, entries, position";

    // The offset keeps the amount from being read out of the data twice.
    internal override string FillSql => """
        insert into balances_by_sql (customer_id, asset, balance, entries, position)
        select customer_id, asset, sum(amount), count(*), max(position)
        from (select customer_id, asset, amount, position from entries where position > $1 and position <= $2
            offset 0) as entry
        where amount is not null group by customer_id, asset
        """;

    internal override string DisagreementsSql => $"""
        select count(*) from ({Sum("balances_by_sql")}) as s full join ({Sum("balances_by_fold")}) as f
            using (customer_id, asset)
        where s.balance is distinct from f.balance or s.entries is distinct from f.entries
            or s.position is distinct from f.position
        """;

    internal override string FirstDifferencesSql => """
        select format('customer %s, %s', customer_id, asset),
            format('%s over %s entries, last at position %s', balance, entries, position),
            format('%s over %s entries, last at position %s', rebuilt_balance, rebuilt_entries, rebuilt_position),
            entries is null, rebuilt_entries is null
        from balances_differences order by customer_id, asset limit $1
        """;

    // A row that nobody should have goes, unless events came to it meanwhile: then it is put right like any other.
    internal override string[] CorrectSql =>
    [
        """
        delete from balances as b using balances_differences as d
        where d.rebuilt_entries is null and b.customer_id = d.customer_id and b.asset = d.asset
            and (b.balance, b.entries, b.position) = (d.balance, d.entries, d.position)
        """,
        """
        update balances as b
        set balance = b.balance + coalesce(d.rebuilt_balance, 0) - d.balance,
            entries = b.entries + coalesce(d.rebuilt_entries, 0) - d.entries,
            position = case when b.position = d.position then d.rebuilt_position else b.position end
        from balances_differences as d
        where d.entries is not null and b.customer_id = d.customer_id and b.asset = d.asset
        """,
        """
        insert into balances as b (customer_id, asset, balance, entries, position)
        select customer_id, asset, rebuilt_balance, rebuilt_entries, rebuilt_position
        from balances_differences where entries is null
        on conflict (customer_id, asset)
        do update set balance = b.balance + excluded.balance, entries = b.entries + excluded.entries
        """,
    ];

    internal override string DifferencesSql(string sideTable) => $"""
        insert into balances_differences
        select customer_id, asset, b.balance, b.entries, b.position, r.balance, r.entries, r.position
        from ({Sum(sideTable)}) as r full join balances as b using (customer_id, asset)
        where r.balance is distinct from b.balance or r.entries is distinct from b.entries
            or r.position is distinct from b.position
        """;

    internal override void Fold(EntrySums sums, CopyRows @event)
    {
        if (Entry.TryMake(
            @event.NumberText(2), @event.Bytes(3), @event.NumberText(4), @event.NumberText(5), out var entry))
        {
            sums.Begin().With(@event.Bytes(1)).With(entry.AssetName).Add(entry, @event.Int64(0));
        }
    }

    internal override async Task WriteAsync(
        NpgsqlBinaryImporter rows, string[] key, EntrySum sum, CancellationToken cancellation)
    {
        await rows.StartRowAsync(cancellation);
        await rows.WriteAsync(key[0], NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync(key[1], NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync((decimal)sum.Amount, NpgsqlDbType.Numeric, cancellation);
        await rows.WriteAsync(sum.Entries, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(sum.LastPosition, NpgsqlDbType.Bigint, cancellation);
    }

    private static string Sum(string sideTable) => $"""
        select customer_id, asset, sum(balance) as balance, sum(entries)::bigint as entries, max(position) as position
        from {sideTable} group by customer_id, asset
        """;
}
