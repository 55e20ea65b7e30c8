using EventLedger.EventStore.Verifying;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Projections.Balances;

/// <summary>Compares <c>balances</c> with what the events add up to.</summary>
/// <param name="connection">A connection inside a transaction of repeatable read.</param>
/// <param name="customerId">Whose balances; null for all.</param>
public sealed class BalanceVerifier(NpgsqlConnection connection, string? customerId = null)
{
    private const string DifferenceSql = """
        with folded as (
            select customer_id, asset, sum(amount) as balance, count(*) as entries, max(position) as position
            from entries where amount is not null and ($1 is null or customer_id = $1) group by customer_id, asset),
        stored as (select * from balances where $1 is null or customer_id = $1)
        select customer_id, asset, f.balance, f.entries, f.position, b.balance, b.entries, b.position
        from folded f full join stored b using (customer_id, asset)
        where f.balance is distinct from b.balance or f.entries is distinct from b.entries
            or f.position is distinct from b.position
        order by customer_id, asset limit 1
        """;

    // The tenant is what the newest of its events says.
    private const string AccountSql = """
        with folded as (
            select stream_id as customer_id,
                (array_agg(data ->> 'tenant_id' order by version desc) filter (where type <> 'account_closed'))[1]
                    as tenant_id,
                bool_or(type = 'account_closed') as is_closed
            from mt_events where type in ('account_opened', 'account_tenant_changed', 'account_closed')
                and ($1 is null or stream_id = $1)
            group by stream_id),
        stored as (select * from accounts where $1 is null or customer_id = $1)
        select customer_id, f.tenant_id, f.is_closed, a.tenant_id, a.is_closed
        from folded f full join stored a using (customer_id)
        where f.tenant_id is distinct from a.tenant_id or f.is_closed is distinct from a.is_closed
        order by customer_id limit 1
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
            AccountSql,
            row => new Finding(
                null,
                $"customer {row.GetString(0)}: the events say {Account(row, 1)}, the table {Account(row, 3)}"),
            cancellation);

    private async Task<Finding?> FindAsync(
        string sql, Func<NpgsqlDataReader, Finding> describe, CancellationToken cancellation)
    {
        // All events may have to be added up, which takes as long as it takes.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.Add(
            new() { Value = (object?)customerId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? describe(reader) : null;
    }

    private static string Text(NpgsqlDataReader row, int first) => row.IsDBNull(first)
        ? "nothing"
        : $"{row[first]} over {row[first + 1]} entries, last at position {row[first + 2]}";

    private static string Account(NpgsqlDataReader row, int first) => row.IsDBNull(first)
        ? "nothing"
        : $"tenant {row[first]}{(row.GetBoolean(first + 1) ? ", closed" : "")}";
}
