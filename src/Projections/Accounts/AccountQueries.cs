using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Projections.Accounts;

/// <summary>Reads accounts.</summary>
/// <param name="database">The ledger's database.</param>
public sealed class AccountQueries(NpgsqlDataSource database)
{
    private const string TenantSql = "select tenant_id from accounts where customer_id = $1";

    private const string Columns = "customer_id, tenant_id, is_closed, coalesce(balance, 0), coalesce(entries, 0)";

    // The last character of all ends the range of a prefix. $4 and $5 are both the tenant: what may be seen, and what
    // is looked for.
    private const string FilterSql = """
        ($2 is null or (customer_id collate "C" >= $2 and customer_id collate "C" < $2 || chr(1114111)))
        and ($3 is null or customer_id = $3) and ($4 is null or tenant_id = $4) and ($5 is null or tenant_id = $5)
        """;

    // The page comes first, by the index; offset 0 keeps each balance one look-up by its key.
    private const string ByIdSql = $"""
        select {Columns}
        from (select * from accounts where {FilterSql} and ($6 is null or customer_id collate "C" > $6)
            order by customer_id collate "C" limit $7) as page
        left join lateral (select balance, entries from balances
            where customer_id = page.customer_id and asset = $1 offset 0) as own on true
        order by customer_id collate "C"
        """;

    private const string LowestSql = $"""
        select {Columns} from balances join accounts using (customer_id)
        where asset = $1 and {FilterSql} and ($8 is null or (balance, customer_id collate "C") > ($8, $6))
        order by balance, customer_id collate "C" limit $7
        """;

    private const string HighestSql = $"""
        select {Columns} from balances join accounts using (customer_id)
        where asset = $1 and {FilterSql} and ($8 is null or (balance, customer_id collate "C") < ($8, $6))
        order by balance desc, customer_id collate "C" desc limit $7
        """;

    /// <summary>The tenant that a customer's account belongs to now; null for a customer that isn't known.</summary>
    public async Task<string?> FindTenantAsync(string customerId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(TenantSql);
        command.Parameters.Add(new() { Value = customerId });
        return (string?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>A page of accounts.</summary>
    /// <param name="filter">Which, and in what order.</param>
    /// <param name="after">The last account of the page before; null for the first page.</param>
    /// <param name="countMax">The most accounts.</param>
    /// <param name="cancellation">Ends it early.</param>
    public async Task<List<ListedAccount>> ListAsync(
        AccountFilter filter, (string CustomerId, long Balance)? after, int countMax, CancellationToken cancellation)
    {
        var accounts = new List<ListedAccount>();
        var isById = filter.Ordering is AccountOrdering.CustomerId;
        await using var command = database.CreateCommand(filter.Ordering switch
        {
            AccountOrdering.LowestBalance => LowestSql,
            AccountOrdering.HighestBalance => HighestSql,
            _ => ByIdSql,
        });
        Add(filter.Asset, NpgsqlDbType.Varchar);
        Add(filter.Prefix, NpgsqlDbType.Text);
        Add(filter.Scope.CustomerId, NpgsqlDbType.Varchar);
        Add(filter.Scope.TenantId, NpgsqlDbType.Varchar);
        Add(filter.TenantId, NpgsqlDbType.Varchar);
        Add(after?.CustomerId, NpgsqlDbType.Text);
        Add((long)countMax, NpgsqlDbType.Bigint);

        if (!isById)
        {
            Add(after?.Balance, NpgsqlDbType.Bigint);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            accounts.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetInt64(3),
                reader.GetInt64(4)));
        }

        return accounts;

        void Add(object? value, NpgsqlDbType type) =>
            command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
    }
}
