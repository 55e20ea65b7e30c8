using EventLedger.EventStore;
using EventLedger.EventStore.Appending;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Booking;

/// <summary>Books many entries in one transaction, those that are stored, or came too late, excepted.</summary>
/// <param name="store">The event store of the ledger's database.</param>
internal sealed class BulkBooking(PostgresEventStore store)
{
    /// <summary>The most entries of one transaction.</summary>
    public const int EntriesMax = 2000;

    /// <summary>Books the entries, and gives those that can't be, with the reason.</summary>
    /// <param name="entries">At most <see cref="EntriesMax"/>, each with an id of its own.</param>
    /// <param name="cancellation">Ends it before the commit.</param>
    /// <exception cref="Npgsql.NpgsqlException">The database can't be reached.</exception>
    public async Task<IReadOnlyList<(BulkEntry Entry, string Reason)>> BookAsync(
        IReadOnlyList<BulkEntry> entries, CancellationToken cancellation)
    {
        try
        {
            await BookAllAsync(entries, cancellation);
            return [];
        }
        catch (Exception refusal) when (BookingLane.IsOfData(refusal) && entries.Count > 1)
        {
            var half = entries.Count / 2;
            var first = await BookAsync([.. entries.Take(half)], cancellation);
            return [.. first, .. await BookAsync([.. entries.Skip(half)], cancellation)];
        }
        catch (Exception refusal) when (BookingLane.IsOfData(refusal))
        {
            return [(entries[0], BookingLane.ReasonOf(refusal))];
        }
    }

    private async Task BookAllAsync(IReadOnlyList<BulkEntry> entries, CancellationToken cancellation)
    {
        if (entries.Count == 0)
        {
            return;
        }

        await using var append = await store.BeginAsync(cancellation);
        var streams = entries.CountBy(entry => entry.Event.StreamId);
        var locked = await append.LockAsync(
            [.. streams.Select(stream => new StreamClaim(stream.Key, stream.Value))],
            [.. entries.SelectMany(entry => (Guid[])[entry.Event.Id, .. entry.UnlessStored])], cancellation);
        BulkEntry[] missing =
        [
            .. entries.Where(entry => !locked.Fingerprints.ContainsKey(entry.Event.Id)
                && !entry.UnlessStored.Any(locked.Fingerprints.ContainsKey)),
        ];
        var written = await append.WriteAsync([.. missing.Select(entry => entry.Event)], cancellation);
        await BalanceProjection.ApplyAsync(
            [
                .. missing.Index().Select(entry => new BalanceChange(
                    entry.Item.Event.StreamId, entry.Item.Asset, entry.Item.Amount,
                    written.FirstPosition + entry.Index)),
            ],
            append.Connection, cancellation);
        await append.CommitAsync(cancellation);
    }
}
