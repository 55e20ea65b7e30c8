using EventLedger.EventStore.Appending;

namespace EventLedger.Ledger.Booking;

/// <summary>An entry that a verb books for a customer whose account is open.</summary>
/// <param name="Event">The event, whose id makes booking it again harmless.</param>
/// <param name="Asset">The asset that it changes, <c>OMR/6</c>.</param>
/// <param name="Amount">By how much, in the asset's smallest unit.</param>
internal sealed record BulkEntry(NewEvent Event, string Asset, long Amount)
{
    /// <summary>Events that it must not come after: looked for once the stream is locked.</summary>
    public IReadOnlyList<Guid> UnlessStored { get; init; } = [];
}
