using System.Text.Json;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Intake;

/// <summary>Reads fields of <c>metadata</c> from bytes that need not be an envelope.</summary>
internal static class BodyField
{
    /// <summary>A text; null where there is none, or nothing can be read.</summary>
    public static string? Text(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            return MoveToField(ref json, name) ? Text(ref json) : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A whole number; null where there is none, or nothing can be read.</summary>
    public static long? Number(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            return MoveToField(ref json, name)
                && json.TokenType is JsonTokenType.Number
                && json.TryGetInt64(out var number)
                    ? number
                    : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool MoveToField(ref Utf8JsonReader json, ReadOnlySpan<byte> name) =>
        json.Read() && MoveTo(ref json, "metadata"u8) && MoveTo(ref json, name);

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
