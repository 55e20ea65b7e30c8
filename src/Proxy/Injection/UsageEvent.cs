using System.Buffers;
using System.Text.Json;

namespace EventLedger.Proxy.Injection;

/// <summary>One whole event of a stream, and what is left of it without usage that nobody asked for.</summary>
internal static class UsageEvent
{
    /// <summary>Writes the event; nothing of it where it was sent for its usage alone.</summary>
    public static void WriteWithoutUsage(ReadOnlySpan<byte> whole, IBufferWriter<byte> output)
    {
        var data = DataOf(whole);

        if (data.Start.Equals(data.End) || whole[data].IndexOf("\"usage\""u8) < 0)
        {
            output.Write(whole);
            return;
        }

        var found = Find(whole[data]);

        if (found.IsUsageAlone)
        {
            return;
        }

        var start = data.Start.Value;
        output.Write(whole[..(start + found.From)]);
        output.Write(whole[(start + found.To)..]);
    }

    private static Range DataOf(ReadOnlySpan<byte> whole)
    {
        var start = whole.StartsWith("data:"u8) ? 0 : whole.IndexOf("\ndata:"u8) + 1;

        if (start == 0 && !whole.StartsWith("data:"u8))
        {
            return default;
        }

        start += "data:".Length;
        var end = whole[start..].IndexOfAny((byte)'\r', (byte)'\n');
        return start..(end < 0 ? whole.Length : start + end);
    }

    private static Finding Find(ReadOnlySpan<byte> json)
    {
        try
        {
            return FindIn(json);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static Finding FindIn(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var hasNoChoices = false;
        var hasUsage = false;
        Finding nothing = default;
        reader.Read();

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var from = (int)reader.TokenStartIndex;
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isChoices = reader.ValueTextEquals("choices"u8);
            reader.Read();

            if (isUsage && reader.TokenType is JsonTokenType.Null)
            {
                nothing = WithSeparator(json, from, (int)reader.BytesConsumed);
            }

            hasUsage |= isUsage && reader.TokenType is JsonTokenType.StartObject;
            var start = reader.TokenStartIndex;
            var isArray = reader.TokenType is JsonTokenType.StartArray;
            reader.Skip();
            hasNoChoices |= isChoices && isArray && IsEmpty(json[((int)start + 1)..(int)reader.TokenStartIndex]);
        }

        return nothing with { IsUsageAlone = hasUsage && hasNoChoices };
    }

    private static bool IsEmpty(ReadOnlySpan<byte> inside) => !inside.ContainsAnyExcept(" \t\r\n"u8);

    // The comma before a field goes with it; where it is the first, the one behind it does.
    private static Finding WithSeparator(ReadOnlySpan<byte> json, int from, int to)
    {
        var before = json[..from].TrimEnd(" \t"u8);

        if (before.EndsWith(","u8))
        {
            return new(before.Length - 1, to);
        }

        var after = json[to..].TrimStart(" \t"u8);

        return after.StartsWith(","u8)
            ? new(from, json.Length - after[1..].TrimStart(" \t"u8).Length)
            : new(from, to);
    }

    private readonly record struct Finding(int From, int To, bool IsUsageAlone = false);
}
