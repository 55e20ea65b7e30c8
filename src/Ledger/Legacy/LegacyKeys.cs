using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Legacy;

/// <summary>
/// Which row has its request's key, of those that charge the same request: one has it, so that the envelope of that
/// request is found whenever it comes, and the others have keys of their own, and so keep their money. Pure.
/// </summary>
internal static class LegacyKeys
{
    /// <summary>What rows become, with what is in the ledger already.</summary>
    /// <param name="rows">All rows of each of their requests, in order.</param>
    /// <param name="stored">What the ledger has under <see cref="LegacyCandidate.Ids"/>.</param>
    public static IEnumerable<(LegacyCandidate Row, BulkEntry Entry)> Assign(
        IEnumerable<LegacyCandidate> rows, IReadOnlyDictionary<Guid, StoredEntry> stored) =>
        from request in rows.GroupBy(row => row.RequestId ?? row.OwnId)
        let holder = HolderOf([.. request], request.Key, stored)
        from row in request
        select (row, row == holder ? row.UnderRequest : row.Own);

    /// <summary>
    /// What can be booked by now. Who isn't to have the request's key waits until the ledger has an entry under it:
    /// the one who is to may yet be refused, or find that an envelope came first.
    /// </summary>
    public static (LegacyCandidate Row, BulkEntry Entry)[] Due(
        IEnumerable<LegacyCandidate> rows, IReadOnlyDictionary<Guid, StoredEntry> stored) =>
    [
        .. Assign(rows, stored).Where(one => !stored.ContainsKey(one.Entry.Event.Id)
            && (one.Row.Charge is null
                || one.Entry.Event.Id == one.Row.RequestId
                || stored.ContainsKey(one.Row.RequestId!.Value))),
    ];

    private static LegacyCandidate? HolderOf(
        LegacyCandidate[] rows, Guid key, IReadOnlyDictionary<Guid, StoredEntry> stored)
    {
        LegacyCandidate[] free = [.. rows.Where(row => row.RequestId is not null && !stored.ContainsKey(row.OwnId))];
        var charges = free.Where(row => row.Charge is not null);

        if (!stored.TryGetValue(key, out var taken))
        {
            return charges.FirstOrDefault();
        }

        // An envelope was the charge of one of them: the one that says the same, or else they contradict each other.
        return taken.ImportedRow is { } id
            ? free.FirstOrDefault(row => row.Row.Id == id)
            : charges.FirstOrDefault(row => taken.IsLike(row.Charge!)) ?? charges.FirstOrDefault();
    }
}
