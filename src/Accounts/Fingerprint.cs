using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Accounts;

/// <summary>
/// What a repeated charge must equal to be the same one. The first byte is the version of the list of fields, the
/// other seven begin the SHA-256 of their values; two values of different versions are never equal.
/// </summary>
/// <param name="Value">The eight bytes, big-endian.</param>
public readonly record struct Fingerprint(long Value)
{
    private const byte OfFields = 1;
    private const byte OfNodeRecord = 2;
    private const byte OfNodeContent = 3;
    private const byte OfImportedRow = 4;

    /// <summary>Whether an imported row was booked with it, so that only amount and asset can be compared.</summary>
    public bool IsOfImport => (byte)(Value >>> 56) == OfImportedRow;

    /// <summary>The fingerprint of an envelope's charge in <paramref name="asset"/>.</summary>
    public static Fingerprint Of(UsageEnvelope envelope, string asset) => Of(
        OfFields, Digits(envelope.AmountMicroOmr), asset, envelope.Reason, Digits(envelope.TokensUsed),
        envelope.Model, envelope.TenantId, envelope.ObservationId);

    /// <summary>
    /// The fingerprint of a node's record: what every rail knows of it, and the customer, whom its id doesn't tell.
    /// </summary>
    public static Fingerprint OfRecord(UsageEnvelope envelope) => Of(
        OfNodeRecord, envelope.CustomerId, Digits(envelope.Charge.Amount), envelope.Charge.Asset.ToString());

    /// <summary>The fingerprint of all that one rail says of a node's record.</summary>
    public static Fingerprint OfRecordContent(UsageEnvelope envelope) => Of(
        OfNodeContent, envelope.CustomerId, Digits(envelope.Charge.Amount), envelope.Charge.Asset.ToString(),
        envelope.Reason, envelope.ResourceKind, envelope.Description,
        Digits(envelope.CompletedAt?.UtcTicks / TimeSpan.TicksPerMicrosecond));

    /// <summary>The fingerprint of what an operator ordered; its kind is in the event's id.</summary>
    public static Fingerprint Of(AccountOrder order) => order is AccountOrder.GrantCredit grant
        ? Of(OfFields, Digits(grant.Amount), grant.Asset.ToString(), grant.Reason)
        : Of(OfFields, order.Reason);

    /// <summary>The fingerprint of an imported row, which lacks all but amount and asset.</summary>
    public static Fingerprint OfImport(long amount, string asset) => Of(OfImportedRow, Digits(amount), asset);

    /// <summary>
    /// The fingerprint of an envelope that an imported row is compared with, or became. A node's record says whose it
    /// is, since its id doesn't.
    /// </summary>
    public static Fingerprint OfImport(UsageEnvelope envelope)
    {
        var (amount, asset) = (Digits(envelope.Charge.Amount), envelope.Charge.Asset.ToString());
        return envelope.IsNodeRecord
            ? Of(OfImportedRow, amount, asset, envelope.CustomerId)
            : Of(OfImportedRow, amount, asset);
    }

    /// <summary>Sixteen hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    private static string? Digits(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static Fingerprint Of(byte version, params ReadOnlySpan<string?> fields)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        KeyHash.Compute(fields, hash);
        hash[..7].CopyTo(hash[1..8]);
        hash[0] = version;
        return new(BinaryPrimitives.ReadInt64BigEndian(hash));
    }
}
