using EventLedger.Accounts;
using EventLedger.EventStore;
using EventLedger.EventStore.Appending;
using EventLedger.Ledger.Booking;
using EventLedger.Ledger.Intake;
using EventLedger.Projections.Accounts;
using Npgsql;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Legacy;

/// <summary>Opens the accounts of old customers, those that are open excepted.</summary>
/// <param name="database">The ledger's database.</param>
/// <param name="store">The event store in it.</param>
internal sealed class LegacyAccounts(NpgsqlDataSource database, PostgresEventStore store)
{
    /// <summary>The most customers of one transaction.</summary>
    public const int CustomersMax = 2000;

    private const string OpenSql = "select customer_id from accounts where customer_id = any($1)";

    private const string OpenedBy = "legacy";

    /// <summary>Opens what isn't open, and tells how many that were.</summary>
    /// <param name="customers">At most <see cref="CustomersMax"/>, each with a user id of its own.</param>
    /// <param name="isDryRun">Whether nothing is to change.</param>
    /// <param name="cancellation">Ends it before the commit.</param>
    public async Task<int> OpenAsync(
        IReadOnlyList<LegacyCustomer> customers, bool isDryRun, CancellationToken cancellation)
    {
        var known = await FindOpenAsync(customers, cancellation);
        LegacyCustomer[] missing = [.. customers.Where(customer => !known.Contains(customer.UserId!))];

        return isDryRun || missing.Length == 0 ? missing.Length : await OpenAsync(missing, cancellation);
    }

    private async Task<HashSet<string>> FindOpenAsync(
        IReadOnlyList<LegacyCustomer> customers, CancellationToken cancellation)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        await using var command = database.CreateCommand(OpenSql);
        command.Parameters.Add(new() { Value = customers.Select(customer => customer.UserId!).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            open.Add(reader.GetString(0));
        }

        return open;
    }

    // Some may have been opened since they were looked for; behind the lock it is sure.
    private async Task<int> OpenAsync(LegacyCustomer[] missing, CancellationToken cancellation)
    {
        var known = new Dictionary<string, Account>();
        var ids = Array.ConvertAll(missing, customer => customer.UserId!);
        await using var append = await store.BeginAsync(cancellation);
        await append.CreateStreamsAsync(ids, cancellation);
        await append.LockAsync(
            Array.ConvertAll(ids, id => new StreamClaim(id, 1)), [], cancellation, AccountProjection.Load(ids, known));
        (string CustomerId, AccountOpened Opened)[] opened =
        [
            .. missing.Where(customer => !known.ContainsKey(customer.UserId!))
                .Select(customer => (customer.UserId!, new AccountOpened(customer.TenantId ?? "", OpenedBy))),
        ];

        await WaitingTable.ReleaseAsync(
            Array.ConvertAll(opened, account => account.CustomerId), append.Connection, cancellation);
        await append.WriteAsync(
            Array.ConvertAll(opened, account => NewEvents.Of(
                account.CustomerId, EventId.OfOpening(account.CustomerId), default, account.Opened)), cancellation);
        await AccountProjection.OpenAsync(opened, append.Connection, cancellation);
        await append.CommitAsync(cancellation);
        return opened.Length;
    }
}
