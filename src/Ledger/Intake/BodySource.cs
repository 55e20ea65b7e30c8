using System.Text.Json;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Intake;

/// <summary>Finds which producer sent bytes that need not be an envelope.</summary>
internal static class BodySource
{
    /// <summary>The field <c>metadata.source</c>; null where there is none, or nothing can be read.</summary>
    public static string? Find(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            return json.Read() && MoveTo(ref json, "metadata"u8) && MoveTo(ref json, "source"u8)
                ? Text(ref json)
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // From an object to the value of one of its fields.
    private static bool MoveTo(ref Utf8JsonReader json, ReadOnlySpan<byte> name)
    {
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isIt = json.ValueTextEquals(name);
            json.Read();

            if (isIt)
            {
                return true;
            }

            json.Skip();
        }

        return false;
    }

    private static string? Text(ref Utf8JsonReader json) =>
        json.TokenType is JsonTokenType.String
        && json.GetString() is { Length: <= EnvelopeReader.NameLengthMax } text
        && !text.Contains('\0')
            ? text
            : null;
}
