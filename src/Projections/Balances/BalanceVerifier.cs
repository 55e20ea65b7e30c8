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

    private const string TenantSql = """
        with opened as (select stream_id as customer_id, data ->> 'tenant_id' as tenant_id
            from mt_events where type = 'account_opened' and ($1 is null or stream_id = $1)),
        stored as (select * from accounts where $1 is null or customer_id = $1)
        select customer_id, o.tenant_id, a.tenant_id from opened o full join stored a using (customer_id)
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
}
