using Npgsql;

namespace EventLedger.Projections.Balances;

/// <summary>Reads balances.</summary>
/// <param name="database">The ledger's database.</param>
public sealed class BalanceQueries(NpgsqlDataSource database)
{
    private const string OneSql = """
        select a.tenant_id, b.asset, b.balance, b.entries, b.position
        from accounts a left join balances b on b.customer_id = a.customer_id
        where a.customer_id = $1 order by b.asset
        """;

    /// <summary>The customer's balances, one per asset; null for a customer that the ledger doesn't know.</summary>
    public async Task<IReadOnlyList<Balance>?> FindAsync(string customerId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(OneSql);
        command.Parameters.Add(new() { Value = customerId });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<Balance>? balances = null;

        while (await reader.ReadAsync(cancellation))
        {
            balances ??= [];

            if (!reader.IsDBNull(1))
            {
                balances.Add(new(reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
            }
        }

        return balances;
    }
}
