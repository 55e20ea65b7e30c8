using EventLedger.EventStore;
using EventLedger.EventStore.Appending;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Booking;

/// <summary>Books many entries in one transaction, those that are stored, or came too late, excepted.</summary>
/// <param name="store">The event store of the ledger's database.</param>
/// <param name="logger">Is told what the database says of those that it refuses.</param>
internal sealed partial class BulkBooking(PostgresEventStore store, ILogger logger)
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
        var refused = new List<(BulkEntry, string)>();
        await Halving.BookAsync(entries, some => BookAllAsync(some, cancellation), (entry, refusal) =>
        {
            var reason = Halving.ReasonOf(refusal);
            LogRefused(entry.Event.Id, reason, refusal.Message);
            refused.Add((entry, reason));
            return Task.CompletedTask;
        });
        return refused;
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

    [LoggerMessage(LogLevel.Warning, "Entry {EventId} was refused, {Reason}: {Fault}")]
    private partial void LogRefused(Guid eventId, string reason, string fault);
}
