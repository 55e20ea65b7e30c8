using EventLedger.Accounts;
using EventLedger.EventStore.Appending;
using Npgsql;

namespace EventLedger.Projections.Accounts;

/// <summary>One row for each known account in <c>accounts</c>, changed in the transaction of the events.</summary>
public static class AccountProjection
{
    private const string OpenSql = "insert into accounts (customer_id, tenant_id) select * from unnest($1, $2)";

    private const string SetSql = "update accounts set tenant_id = $2, is_closed = $3 where customer_id = $1";

    private const string LoadSql = "select customer_id, tenant_id, is_closed from accounts where customer_id = any($1)";

    /// <summary>Adds accounts, whose streams the transaction holds.</summary>
    public static async Task OpenAsync(
        IReadOnlyList<(string CustomerId, AccountOpened Opened)> opened, NpgsqlConnection connection,
        CancellationToken cancellation)
    {
        if (opened.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(OpenSql, connection)
        {
            Parameters =
            {
                new() { Value = opened.Select(account => account.CustomerId).ToArray() },
                new() { Value = opened.Select(account => account.Opened.TenantId).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Makes a customer's row what the account is after an event.</summary>
    public static async Task SetAsync(
        string customerId, Account account, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(SetSql, connection)
        {
            Parameters =
            {
                new() { Value = customerId },
                new() { Value = account.TenantId! },
                new() { Value = account.IsClosed },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Adds the accounts of those customers that have one to <paramref name="accounts"/>.</summary>
    public static AppendStatement Load(IEnumerable<string> customerIds, Dictionary<string, Account> accounts) => new(
        LoadSql,
        row => accounts.Add(row.GetString(0), new Account(row.GetString(1), row.GetBoolean(2))),
        [customerIds.ToArray()]);
}
