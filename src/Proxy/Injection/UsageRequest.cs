using System.Text;
using System.Text.Json;

namespace EventLedger.Proxy.Injection;

/// <summary>
/// What a request for a completion says about streaming, and how its bytes are changed to ask for usage.
/// </summary>
internal static class UsageRequest
{
    private const string Ask = "\"include_usage\":true";

    /// <summary>Whether bytes have to be changed.</summary>
    public enum Verdict
    {
        /// <summary>No stream is asked for, or its usage is.</summary>
        NotNeeded,

        /// <summary>The bytes can't be read.</summary>
        Unreadable,

        /// <summary>The changed bytes ask for it.</summary>
        Changed,
    }

    /// <summary>
    /// Adds <c>stream_options.include_usage</c> to a body that asks for a stream without it; every other byte stays.
    /// </summary>
    public static Verdict TryAsk(ReadOnlySpan<byte> body, out byte[] changed)
    {
        changed = [];

        try
        {
            var found = Find(body);

            if (!found.IsStream || found.AsksForUsage)
            {
                return Verdict.NotNeeded;
            }

            changed = [.. body[..found.From], .. Encoding.UTF8.GetBytes(found.Text), .. body[found.To..]];
            return Verdict.Changed;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return Verdict.Unreadable;
        }
    }

    // Upstreams in Go take a key in any case, and the last of several; so does this.
    private static Edit Find(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        var isStream = false;
        Edit? options = null;
        var end = 0;

        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("The body is no object.");
        }

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();

            if (Is(name, "stream"))
            {
                isStream = reader.TokenType is JsonTokenType.True;
            }
            else if (Is(name, "stream_options"))
            {
                options = FindInOptions(ref reader);
            }

            reader.Skip();
            end = (int)reader.BytesConsumed;
        }

        // Finds out whether anything follows the object.
        reader.Read();

        options ??= new(end, end, $",\"stream_options\":{{{Ask}}}");
        return options.Value with { IsStream = isStream };
    }

    private static Edit FindInOptions(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;

        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            var isOdd = reader.TokenType is not JsonTokenType.Null;
            return new(start, (int)reader.BytesConsumed, $"{{{Ask}}}", AsksForUsage: isOdd);
        }

        var isEmpty = true;
        Edit? edit = null;

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            isEmpty = false;

            if (Is(name, "include_usage"))
            {
                var isAsked = reader.TokenType is JsonTokenType.True;
                edit = new((int)reader.TokenStartIndex, 0, "true", AsksForUsage: isAsked);
            }

            reader.Skip();

            if (edit is { To: 0 } open)
            {
                edit = open with { To = (int)reader.BytesConsumed };
            }
        }

        return edit ?? new(start + 1, start + 1, isEmpty ? Ask : Ask + ",");
    }

    private static bool Is(string? name, string key) => string.Equals(name, key, StringComparison.OrdinalIgnoreCase);

    private readonly record struct Edit(
        int From, int To, string Text, bool AsksForUsage = false, bool IsStream = false);
}
