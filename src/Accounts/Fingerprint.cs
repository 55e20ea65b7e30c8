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
    private const byte Version = 1;

    /// <summary>The fingerprint of an envelope's charge in <paramref name="asset"/>.</summary>
    public static Fingerprint Of(UsageEnvelope envelope, string asset) => Of(
        Digits(envelope.AmountMicroOmr), asset, envelope.Reason, Digits(envelope.TokensUsed), envelope.Model,
        envelope.TenantId, envelope.ObservationId);

    /// <summary>The fingerprint of what an operator ordered; its kind is in the event's id.</summary>
    public static Fingerprint Of(AccountOrder order) => order is AccountOrder.GrantCredit grant
        ? Of(Digits(grant.Amount), grant.Asset.ToString(), grant.Reason)
        : Of(order.Reason);

    /// <summary>Sixteen hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    private static Fingerprint Of(params ReadOnlySpan<string?> fields)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        KeyHash.Compute(fields, hash);
        hash[..7].CopyTo(hash[1..8]);
        hash[0] = Version;
        return new(BinaryPrimitives.ReadInt64BigEndian(hash));
    }

    private static string? Digits(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
