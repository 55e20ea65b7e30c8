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
/// <param name="logger">Is told what the database says of those that it refuses.</param>
internal sealed class LegacyImport(
    LegacySource source, NpgsqlDataSource database, PostgresEventStore store, bool isDryRun, ILogger logger)
{
    /// <summary>Batches at the same time.</summary>
    public const int BatchesAtOnceMax = 4;

    private readonly LegacyAccounts accounts = new(database, store);
    private readonly BulkBooking booking = new(store, logger);
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

        await foreach (var batch in source.ReadBatchesAsync(BulkBooking.EntriesMax, cancellation)
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

    private async Task<LegacyBatch> ImportAsync(IReadOnlyList<LegacyRow> rows, CancellationToken cancellation)
    {
        var result = new LegacyBatch();
        var open = CandidatesOf(rows, result);
        var before = await stored.FindAsync([.. open.SelectMany(row => row.Ids).Distinct()], cancellation);
        var now = new Dictionary<Guid, StoredEntry>(before);

        // Each turn has everything that is due booked or refused, so there are no more turns than rows.
        while (LegacyKeys.Due(open, now) is [_, ..] due)
        {
            foreach (var part in due.Chunk(BulkBooking.EntriesMax))
            {
                await BookAsync(part, open, now, result, cancellation);
            }
        }

        foreach (var (candidate, entry) in LegacyKeys.Assign(open, now))
        {
            var id = entry.Event.Id;
            result.Compare(candidate.Row, entry, now[id], before.ContainsKey(id));
        }

        return result;
    }

    private static List<LegacyCandidate> CandidatesOf(IReadOnlyList<LegacyRow> rows, LegacyBatch result)
    {
        var candidates = new List<LegacyCandidate>(rows.Count);
        var ids = new HashSet<Guid>(rows.Count);

        foreach (var row in rows)
        {
            var (candidate, refusal) = LegacyEntry.Of(row);

            if (candidate is null)
            {
                result.Refuse(row, refusal!);
            }
            else if (!ids.Add(candidate.OwnId))
            {
                result.Refuse(row, $"becomes entry {candidate.OwnId}, as another row does");
            }
            else
            {
                candidates.Add(candidate);
            }
        }

        return candidates;
    }

    private async Task BookAsync(
        (LegacyCandidate Row, BulkEntry Entry)[] due, List<LegacyCandidate> open, Dictionary<Guid, StoredEntry> now,
        LegacyBatch result, CancellationToken cancellation)
    {
        var refusals = isDryRun ? [] : await booking.BookAsync(Array.ConvertAll(due, one => one.Entry), cancellation);
        var reasons = refusals.ToDictionary(one => one.Entry.Event.Id, one => one.Reason);

        // Read back, so that what is told of the ledger is what it holds.
        var found = isDryRun
            ? due.ToDictionary(one => one.Entry.Event.Id, one => AsIfStored(one.Row, one.Entry))
            : await stored.FindAsync(Array.ConvertAll(due, one => one.Entry.Event.Id), cancellation);

        foreach (var (row, entry) in due)
        {
            if (found.TryGetValue(entry.Event.Id, out var entered))
            {
                now[entry.Event.Id] = entered;
            }
            else
            {
                var id = entry.Event.Id;
                open.Remove(row);
                result.Refuse(row.Row, reasons.GetValueOrDefault(id, $"is not in the ledger as entry {id}"));
            }
        }
    }

    private static StoredEntry AsIfStored(LegacyCandidate row, BulkEntry entry) => new(
        entry.Event.StreamId, entry.Asset, entry.Amount, entry.Event.Id == row.RequestId ? row.Row.Id : null);
}
