using System.Runtime.CompilerServices;
using EventLedger.EventStore;
using EventLedger.Ledger.Booking;
using Npgsql;

namespace EventLedger.Ledger.Legacy;

/// <summary>
/// Brings the old tables over: (1) accounts of all customers; (2) rows, batch by batch: those that the ledger has are
/// left as they are, the others are booked, and each is then read back. An import that was broken off begins again at
/// the first row: ids say what is there, so no place is kept that could be wrong.
/// </summary>
/// <param name="source">The old tables.</param>
/// <param name="database">The ledger's database.</param>
/// <param name="store">The event store in it.</param>
/// <param name="isDryRun">Whether nothing is to change.</param>
internal sealed class LegacyImport(
    LegacySource source, NpgsqlDataSource database, PostgresEventStore store, bool isDryRun)
{
    /// <summary>Batches at the same time.</summary>
    public const int BatchesAtOnceMax = 4;

    private readonly LegacyAccounts accounts = new(database, store);
    private readonly BulkBooking booking = new(store);
    private readonly StoredEntries stored = new(database);

    /// <summary>Imports everything; refused customers and rows are told as they are found.</summary>
    /// <param name="refuse">Is told what can't be imported, and why.</param>
    /// <param name="progress">Is told how many rows are done, of how many.</param>
    /// <param name="cancellation">Ends it early; what was booked stays.</param>
    public async Task<LegacyReport> RunAsync(
        Func<string, Task> refuse, Action<long, long>? progress, CancellationToken cancellation)
    {
        var (customers, rows, worth) = await source.ReadTotalsAsync(cancellation);
        var report = new LegacyReport { Customers = customers, Rows = rows, WorthMicroOmr = worth };
        await OpenAccountsAsync(report, refuse, cancellation);
        var done = 0L;

        await foreach (var batch in source.ReadRowsAsync(cancellation).Chunk(BulkBooking.EntriesMax)
            .WorkInOrderAsync(BatchesAtOnceMax, batch => ImportAsync(batch, cancellation), cancellation))
        {
            report.Add(batch);
            progress?.Invoke(done += batch.Rows, rows);

            foreach (var (row, reason) in batch.Refused)
            {
                await refuse($"row {row.Id}: {reason}");
            }
        }

        return report;
    }

    private async Task OpenAccountsAsync(
        LegacyReport report, Func<string, Task> refuse, CancellationToken cancellation)
    {
        await foreach (var batch in UsableAsync(refuse, cancellation).Chunk(LegacyAccounts.CustomersMax))
        {
            report.AddOpened(await accounts.OpenAsync(batch, isDryRun, cancellation));
        }
    }

    // Old customers that share a user id share the account, which has the first one's tenant.
    private async IAsyncEnumerable<LegacyCustomer> UsableAsync(
        Func<string, Task> refuse,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string? last = null;

        await foreach (var customer in source.ReadCustomersAsync(cancellation))
        {
            if (!LegacyCustomer.IsUsable(customer.UserId))
            {
                await refuse($"customer {customer.Id}: has no user_id that can name an account");
            }
            else if (customer.UserId != last)
            {
                yield return customer;
                last = customer.UserId;
            }
        }
    }

    private async Task<LegacyBatch> ImportAsync(LegacyRow[] rows, CancellationToken cancellation)
    {
        var result = new LegacyBatch();
        var entries = new Dictionary<Guid, (LegacyRow Row, BulkEntry Entry)>(rows.Length);

        foreach (var row in rows)
        {
            var (entry, refusal) = LegacyEntry.Of(row);

            if (entry is null)
            {
                result.Refuse(row, refusal!);
            }
            else if (!entries.TryAdd(entry.Event.Id, (row, entry)))
            {
                result.Refuse(row, $"becomes entry {entry.Event.Id}, as another row does");
            }
        }

        var before = await stored.FindAsync(entries.Keys, cancellation);
        BulkEntry[] missing =
            [.. entries.Values.Select(one => one.Entry).Where(entry => !before.ContainsKey(entry.Event.Id))];
        var refusals = isDryRun ? [] : await booking.BookAsync(missing, cancellation);

        foreach (var (entry, reason) in refusals)
        {
            entries.Remove(entry.Event.Id, out var refused);
            result.Refuse(refused.Row, reason);
        }

        // Read back, so that what is told of the ledger is what it holds.
        var now = isDryRun
            ? missing.ToDictionary(entry => entry.Event.Id, entry => new StoredEntry(entry.Asset, entry.Amount))
            : await stored.FindAsync([.. missing.Select(entry => entry.Event.Id)], cancellation);

        foreach (var (id, (row, entry)) in entries)
        {
            result.Compare(row, entry, Find(before, id), Find(now, id));
        }

        return result;
    }

    private static StoredEntry? Find(Dictionary<Guid, StoredEntry> entries, Guid id) =>
        entries.TryGetValue(id, out var found) ? found : null;
}
