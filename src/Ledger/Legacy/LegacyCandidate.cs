using EventLedger.Ledger.Booking;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Legacy;

/// <summary>A row that can be imported, and the keys that it may have.</summary>
/// <param name="row">The row.</param>
/// <param name="charge">The charge of its request; null where it charges none.</param>
internal sealed class LegacyCandidate(LegacyRow row, BulkEntry? charge)
{
    private BulkEntry? own;

    /// <summary>The row.</summary>
    public LegacyRow Row => row;

    /// <summary>The charge of its request; null where it charges none.</summary>
    public BulkEntry? Charge => charge;

    /// <summary>The key that no other row has.</summary>
    public Guid OwnId { get; } = EventId.OfLegacy(row.UserId!, row.Id);

    /// <summary>The key of the request that it names, as other rows may too; null where it names none.</summary>
    public Guid? RequestId { get; } = charge?.Event.Id
        ?? (string.IsNullOrWhiteSpace(row.ExternalRef) ? null : EventId.OfUsage(row.UserId!, row.ExternalRef));

    /// <summary>The entry under its own key.</summary>
    public BulkEntry Own => own ??= LegacyEntry.OwnOf(row, OwnId);

    /// <summary>The entry under its request's key, which what charges nothing now may have had before.</summary>
    public BulkEntry UnderRequest => charge ?? LegacyEntry.OwnOf(row, RequestId!.Value);

    /// <summary>All keys that it may be in the ledger under.</summary>
    public IEnumerable<Guid> Ids => RequestId is { } request ? [OwnId, request] : [OwnId];
}
