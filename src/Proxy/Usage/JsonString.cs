using System.Text.Json;

namespace EventLedger.Proxy.Usage;

/// <summary>JSON strings as they stand between their quotes.</summary>
internal static class JsonString
{
    /// <summary>The text; null where the bytes are none.</summary>
    public static string? Unescape(ReadOnlySpan<byte> raw)
    {
        byte[] quoted = [(byte)'"', .. raw, (byte)'"'];
        var reader = new Utf8JsonReader(quoted);

        try
        {
            return reader.Read() ? reader.GetString() : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
