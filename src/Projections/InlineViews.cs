using Npgsql;

namespace EventLedger.Projections;

/// <summary>
/// What is written with every append, made at once from events that were brought from elsewhere. What follows the
/// events by a checkpoint of its own catches up by itself.
/// </summary>
public static class InlineViews
{
    private const string BalancesSql = """
        insert into balances (customer_id, asset, balance, entries, position)
        select customer_id, asset, sum(amount), count(*), max(position)
        from (select customer_id, asset, amount, position from entries offset 0) as entry
        where amount is not null group by customer_id, asset
        """;

    // The tenant is what the newest of its events says.
    private const string AccountsSql = """
        insert into accounts (customer_id, tenant_id, is_closed)
        select stream_id,
            (array_agg(data ->> 'tenant_id' order by version desc) filter (where type <> 'account_closed'))[1],
            bool_or(type = 'account_closed')
        from mt_events where type in ('account_opened', 'account_tenant_changed', 'account_closed')
        group by stream_id
        """;

    /// <summary>Makes balances and accounts, which must be empty, from all events.</summary>
    public static async Task MakeAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var sql in (string[])[BalancesSql, AccountsSql])
        {
            // All events have to be added up, which takes as long as it takes.
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}
