using System.Globalization;
using System.Security.Cryptography;

namespace EventLedger.Accounts;

/// <summary>
/// The event's id is its idempotency key: the first 128 bits of SHA-256 over kind, customer and key parts. The same
/// key gives the same id for ever, so these lists of parts never change.
/// </summary>
public static class EventId
{
    /// <summary>The one opening of a customer's account.</summary>
    public static Guid OfOpening(string customerId) => Of("opening", customerId);

    /// <summary>The charge for a request of a customer.</summary>
    public static Guid OfUsage(string customerId, string requestId) => Of("usage", customerId, requestId);

    /// <summary>A further charge for a request id whose first one had other content.</summary>
    public static Guid OfReusedUsage(string customerId, string requestId, Fingerprint fingerprint) =>
        Of("usage", customerId, requestId, fingerprint.ToString());

    /// <summary>A node's record, unique across customers: whoever reads it, from whichever rail.</summary>
    public static Guid OfNodeUsage(string nodeId, string idempotencyKey) => Of("node", nodeId, idempotencyKey);

    /// <summary>A further record under a node's key whose first one had other content.</summary>
    public static Guid OfReusedNodeUsage(string nodeId, string idempotencyKey, Fingerprint fingerprint) =>
        Of("node", nodeId, idempotencyKey, fingerprint.ToString());

    /// <summary>The grant of that name to a customer.</summary>
    public static Guid OfGrant(string customerId, string grantId) => Of("grant", customerId, grantId);

    /// <summary>A row of the old table, by its own id.</summary>
    public static Guid OfLegacy(string customerId, Guid rowId) => Of("legacy", customerId, rowId.ToString("D"));

    /// <summary>The one correction of a customer's charge by the price book of that version.</summary>
    public static Guid OfCorrection(string customerId, Guid eventId, string priceBook) =>
        Of("correction", customerId, eventId.ToString("D"), priceBook);

    /// <summary>The one reversal of a customer's event.</summary>
    public static Guid OfReversal(string customerId, Guid eventId) => Of("reversal", customerId, eventId.ToString("D"));

    /// <summary>The one closing of a customer's account.</summary>
    public static Guid OfClosing(string customerId) => Of("closing", customerId);

    /// <summary>A change of tenant, which may come again: told by the version of the stream that it follows.</summary>
    public static Guid OfTenantChange(string customerId, long version) =>
        Of("tenant", customerId, version.ToString(CultureInfo.InvariantCulture));

    private static Guid Of(params ReadOnlySpan<string?> parts)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        KeyHash.Compute(parts, hash);
        return new Guid(hash[..16], bigEndian: true);
    }
}
