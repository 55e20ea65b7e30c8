using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Projections.Usage;

/// <summary>
/// Adds usage up, by the day on which it was completed, from <c>statement_totals</c>: a report costs what its customers
/// and days are, however many entries they have.
/// </summary>
/// <param name="database">The ledger's database.</param>
public sealed class UsageQueries(NpgsqlDataSource database)
{
    private const string PositionSql = """
        select p.last_seq_id, h.position from mt_event_progression p, head h where p.name = 'statement_totals'
        """;

    private const string Accounts = "join accounts using (customer_id)";

    /// <summary>A page of totals.</summary>
    /// <param name="filter">What is added up.</param>
    /// <param name="after">The last key of the page before; null for the first page.</param>
    /// <param name="countMax">The most totals.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="PostgresException">A sum is outside 64 bits: SQLSTATE 22003.</exception>
    public async Task<UsageReport> ReadAsync(
        UsageFilter filter, string? after, int countMax, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var (position, head) = await ReadPositionAsync(connection, cancellation);
        await using var command = new NpgsqlCommand(TotalsSql(filter), connection);
        Add(filter.Asset, NpgsqlDbType.Varchar);
        Add(filter.From ?? DateOnly.MinValue, NpgsqlDbType.Date);
        Add(filter.To ?? DateOnly.MaxValue, NpgsqlDbType.Date);
        Add(after, NpgsqlDbType.Text);
        Add((long)countMax, NpgsqlDbType.Bigint);
        Add(filter.Scope.CustomerId, NpgsqlDbType.Varchar);
        Add(filter.Scope.TenantId, NpgsqlDbType.Varchar);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var totals = new List<UsageTotal>();

        while (await reader.ReadAsync(cancellation))
        {
            totals.Add(new(
                reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2),
                new(
                    reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6),
                    reader.GetInt64(7))));
        }

        return new UsageReport(totals, position, head);

        void Add(object? value, NpgsqlDbType type) =>
            command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
    }

    private static string TotalsSql(UsageFilter filter)
    {
        var key = filter.Grouping switch
        {
            UsageGrouping.Tenant => "tenant_id",
            UsageGrouping.Customer => "customer_id",
            UsageGrouping.Day => "used_on::text",
            _ => "model",
        };
        var accounts = filter.Grouping is UsageGrouping.Tenant || filter.Scope.TenantId is not null ? Accounts : "";
        var ofTenant = filter.Scope.TenantId is null ? "$7::varchar is null" : "tenant_id = $7";

        return $"""
            select {key}, sum(amount)::bigint, sum(entries)::bigint, sum(tokens_used)::bigint,
                sum(prompt_tokens)::bigint, sum(completion_tokens)::bigint, sum(cached_tokens)::bigint,
                sum(reasoning_tokens)::bigint
            from statement_totals {accounts}
            where is_usage and asset = $1 and used_on >= $2 and used_on < $3
                and ($4 is null or {key} collate "C" > $4)
                and ($6 is null or customer_id = $6) and {ofTenant}
            group by {key} order by {key} collate "C" limit $5
            """;
    }

    private static async Task<(long Position, long Head)> ReadPositionAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(PositionSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
