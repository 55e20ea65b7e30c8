using EventLedger.Ledger.Booking;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Legacy;

/// <summary>A row that can be imported, and the keys that it may have.</summary>
/// <param name="Row">The row.</param>
/// <param name="Charge">The charge of its request; null where it charges none.</param>
internal sealed record LegacyCandidate(LegacyRow Row, BulkEntry? Charge)
{
    /// <summary>The key that no other row has.</summary>
    public Guid OwnId { get; } = EventId.OfLegacy(Row.UserId!, Row.Id);

    /// <summary>The key of the request that it names, as other rows may too; null where it names none.</summary>
    public Guid? RequestId { get; } = Charge?.Event.Id
        ?? (string.IsNullOrWhiteSpace(Row.ExternalRef) ? null : EventId.OfUsage(Row.UserId!, Row.ExternalRef));

    /// <summary>All keys that it may be in the ledger under.</summary>
    public IEnumerable<Guid> Ids => RequestId is { } request ? [OwnId, request] : [OwnId];

    /// <summary>The entry under its own key.</summary>
    public BulkEntry Own() => LegacyEntry.OwnOf(Row, OwnId);

    /// <summary>The entry under its request's key, which what charges nothing now may have had before.</summary>
    public BulkEntry UnderRequest() => Charge ?? LegacyEntry.OwnOf(Row, RequestId!.Value);
}
