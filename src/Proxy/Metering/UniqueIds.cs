using System.Security.Cryptography;

namespace EventLedger.Proxy.Metering;

/// <summary>
/// Ids of version 7. Their random part is drawn from the system for many at once: a call for each would cost more than
/// all else that an envelope takes.
/// </summary>
internal sealed class UniqueIds
{
    private const int IdBytes = 16;
    private const int IdsAtOnce = 256;
    private const int VersionAt = 6;
    private const int VariantAt = 8;

    // One for each thread, so that no request waits for another's.
    [ThreadStatic]
    private static byte[]? random;

    [ThreadStatic]
    private static int used;

    /// <summary>An id that nobody else has, and that tells the time given.</summary>
    public Guid Next(DateTimeOffset at)
    {
        Span<byte> id = stackalloc byte[IdBytes];
        Draw(id);

        // 48 bits of milliseconds, four of the version, and after 12 random ones two of the variant.
        var milliseconds = at.ToUnixTimeMilliseconds();

        for (var n = 0; n < VersionAt; n++)
        {
            id[n] = (byte)((milliseconds >> (8 * (VersionAt - 1 - n))) & 0xFF);
        }

        id[VersionAt] = (byte)((id[VersionAt] & 0x0F) | 0x70);
        id[VariantAt] = (byte)((id[VariantAt] & 0x3F) | 0x80);
        return new(id, bigEndian: true);
    }

    private static void Draw(Span<byte> bytes)
    {
        if (random is not { } drawn || used == drawn.Length)
        {
            random = drawn = RandomNumberGenerator.GetBytes(IdBytes * IdsAtOnce);
            used = 0;
        }

        drawn.AsSpan(used, bytes.Length).CopyTo(bytes);
        used += bytes.Length;
    }
}
