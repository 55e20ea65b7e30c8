using EventLedger.Accounts;
using EventLedger.Contracts.Money;
using EventLedger.EventStore;
using EventLedger.Ledger.Booking;
using Npgsql;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Rerating;

/// <summary>
/// Prices charges anew, batch by batch, and books the differences where that is asked for. A correction's id is made
/// of its charge and the book alone: whatever ranges are asked for, a charge is corrected once by one book.
/// </summary>
/// <param name="source">The charges.</param>
/// <param name="database">The ledger's database.</param>
/// <param name="store">The event store in it.</param>
/// <param name="books">Whether differences are booked.</param>
/// <param name="logger">Is told what the database says of those that it refuses.</param>
internal sealed class RerateRun(
    RerateSource source, NpgsqlDataSource database, PostgresEventStore store, bool books, ILogger logger)
{
    /// <summary>Batches at the same time.</summary>
    public const int BatchesAtOnceMax = 4;

    private static readonly string MicroOmr = Asset.MicroOmr.ToString();

    private readonly BulkBooking booking = new(store, logger);
    private readonly StoredEntries stored = new(database);

    /// <summary>The batches of <paramref name="scope"/>, in the order of customers and models.</summary>
    public IAsyncEnumerable<RerateBatch> RunAsync(RerateScope scope, CancellationToken cancellation) =>
        source.ReadAsync(scope, cancellation).Chunk(BulkBooking.EntriesMax)
            .WorkInOrderAsync(BatchesAtOnceMax, charges => RerateAsync(charges, scope, cancellation), cancellation);

    private async Task<RerateBatch> RerateAsync(
        ChargedUsage[] charges, RerateScope scope, CancellationToken cancellation)
    {
        var batch = new RerateBatch();
        var reversals = await stored.FindAsync(
            [.. charges.SelectMany(usage => usage.ReversalIds)], cancellation);
        var corrections = new Dictionary<Guid, (Guid ChargeId, BulkEntry Entry)>();

        foreach (var usage in charges)
        {
            var rerate = Rerate.Of(usage, scope.Book, reversals.ContainsKey);
            batch.Add(usage, rerate);

            if (books && rerate is { Kind: RerateKind.Priced, Difference: not 0 })
            {
                var correction = CorrectionOf(usage, rerate.Difference, scope.Book.Version!, reversals.ContainsKey);
                corrections.Add(correction.Event.Id, (usage.Id, correction));
            }
        }

        await BookAsync(corrections, batch, cancellation);
        return batch;
    }

    private async Task BookAsync(
        Dictionary<Guid, (Guid ChargeId, BulkEntry Entry)> corrections, RerateBatch batch,
        CancellationToken cancellation)
    {
        var before = await stored.FindAsync(corrections.Keys, cancellation);
        var refused = await booking.BookAsync(
            [.. corrections.Where(one => !before.ContainsKey(one.Key)).Select(one => one.Value.Entry)], cancellation);
        var reasons = refused.ToDictionary(one => one.Entry.Event.Id, one => one.Reason);

        // Read back, so that what is told of the ledger is what it holds.
        var now = await stored.FindAsync(corrections.Keys, cancellation);

        foreach (var (id, (chargeId, entry)) in corrections)
        {
            if (before.ContainsKey(id))
            {
                batch.Refused.Add((chargeId, "was corrected by this book before, and differs again since"));
            }
            else if (now.TryGetValue(id, out var correction) && correction.IsLike(entry))
            {
                batch.Booked++;
            }
            else
            {
                batch.Refused.Add((chargeId, reasons.GetValueOrDefault(id, "changed meanwhile; run it again")));
            }
        }
    }

    private static BulkEntry CorrectionOf(
        ChargedUsage usage, long difference, string version, Predicate<Guid> isStored)
    {
        var corrected = new UsageCorrected
        {
            Amount = difference,
            Asset = MicroOmr,
            Corrects = usage.Id.ToString("D"),
            PriceBook = version,
            Model = usage.Model,
            CompletedAt = usage.CompletedAt,
        };
        var id = EventId.OfCorrection(usage.CustomerId, usage.Id, version);
        return new(NewEvents.Of(usage.CustomerId, id, default, corrected), MicroOmr, difference)
        {
            UnlessStored = [.. usage.ReversalIds.Where(reversal => !isStored(reversal))],
        };
    }
}
