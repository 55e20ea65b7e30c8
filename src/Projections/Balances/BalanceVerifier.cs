using EventLedger.EventStore.Verifying;
using Npgsql;

namespace EventLedger.Projections.Balances;

/// <summary>Compares <c>balances</c> with what the events add up to.</summary>
/// <param name="connection">A connection inside a transaction of repeatable read.</param>
public sealed class BalanceVerifier(NpgsqlConnection connection)
{
    private const string DifferenceSql = """
        with folded as (
            select customer_id, asset, sum(amount) as balance, count(*) as entries, max(position) as position
            from entries where amount is not null group by customer_id, asset)
        select customer_id, asset, f.balance, f.entries, f.position, b.balance, b.entries, b.position
        from folded f full join balances b using (customer_id, asset)
        where f.balance is distinct from b.balance or f.entries is distinct from b.entries
            or f.position is distinct from b.position
        order by customer_id, asset limit 1
        """;

    private const string TenantSql = """
        with opened as (select stream_id as customer_id, data ->> 'tenant_id' as tenant_id
            from mt_events where type = 'account_opened')
        select customer_id, o.tenant_id, a.tenant_id from opened o full join accounts a using (customer_id)
        where o.tenant_id is distinct from a.tenant_id order by customer_id limit 1
        """;

    /// <summary>The first customer whose balance, or account, isn't as the events say; null if there is none.</summary>
    public async Task<Finding?> VerifyAsync(CancellationToken cancellation) =>
        await FindAsync(
            DifferenceSql,
            row => new Finding(
                null,
                $"customer {row.GetString(0)}, {row.GetString(1)}: the events give {Text(row, 2)}, "
                + $"the table has {Text(row, 5)}"),
            cancellation)
        ?? await FindAsync(
            TenantSql,
            row => new Finding(
                null, $"customer {row.GetString(0)}: the events say tenant {row[1]}, the table {row[2]}"),
            cancellation);

    private async Task<Finding?> FindAsync(
        string sql, Func<NpgsqlDataReader, Finding> describe, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? describe(reader) : null;
    }

    private static string Text(NpgsqlDataReader row, int first) => row.IsDBNull(first)
        ? "nothing"
        : $"{row[first]} over {row[first + 1]} entries, last at position {row[first + 2]}";
}
