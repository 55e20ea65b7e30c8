using EventLedger.Accounts;
using EventLedger.EventStore.Appending;

namespace EventLedger.Ledger.Booking;

/// <summary>Makes events of accounts into events of the store.</summary>
internal static class NewEvents
{
    /// <summary>The event as it is stored on the customer's stream.</summary>
    public static NewEvent Of(string customerId, Guid id, Fingerprint fingerprint, AccountEvent @event)
    {
        var (type, dotnetType, data) = AccountCodec.Encode(@event);
        return new(customerId, id, fingerprint.Value, type, dotnetType, data);
    }
}
