using System.Buffers;
using System.Text.Json;

namespace EventLedger.EventStore.Blocks;

/// <summary>
/// One text for each value, so that it can be hashed: keys ordered and strings escaped as in RFC 8785, no white
/// space, numbers as their exact digits. Data holds whole numbers only.
/// </summary>
public static class CanonicalJson
{
    [ThreadStatic]
    private static CanonicalJsonWriter? threadsOwn;

    /// <summary>Appends the canonical form of <paramref name="json"/> to <paramref name="output"/>.</summary>
    /// <exception cref="JsonException">It isn't JSON, or names a field twice.</exception>
    /// <exception cref="FormatException">It holds a number that isn't whole.</exception>
    public static void Write(ReadOnlySpan<byte> json, IBufferWriter<byte> output) =>
        output.Write((threadsOwn ??= new()).Write(json));

    /// <summary>The canonical form of <paramref name="json"/>.</summary>
    /// <exception cref="JsonException">It isn't JSON, or names a field twice.</exception>
    /// <exception cref="FormatException">It holds a number that isn't whole.</exception>
    public static byte[] Of(ReadOnlySpan<byte> json) => (threadsOwn ??= new()).Write(json).ToArray();
}
