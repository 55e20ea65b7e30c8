using System.Numerics;

namespace EventLedger.Proxy.Usage;

/// <summary>
/// Tells from a glance where events may state usage or end the stream: that is ten times as fast as reading them.
/// </summary>
internal static class EventHints
{
    /// <summary>
    /// The first byte of what may matter; reading the events that end before it would find nothing. The length where
    /// there is nothing at all.
    /// </summary>
    public static int FirstThatMayMatter(ReadOnlySpan<byte> events)
    {
        var at = 0;

        // All hints in one go: the bytes of a long stream are looked at once.
        for (; at + Vector<byte>.Count < events.Length; at += Vector<byte>.Count)
        {
            var first = new Vector<byte>(events[at..]);
            var second = new Vector<byte>(events[(at + 1)..]);

            if (MayBegin(first, second) && FirstIn(events, at, at + Vector<byte>.Count) is { } found)
            {
                return found;
            }
        }

        return FirstIn(events, at, events.Length) ?? events.Length;
    }

    // Whether the first two bytes of a hint are anywhere.
    private static bool MayBegin(Vector<byte> first, Vector<byte> second)
    {
        var ofKey = Are(first, '_') & (Are(second, 't') | Are(second, 's'));
        var ofEnd = Are(first, '[') & Are(second, 'D');
        var ofEscape = Are(first, '\\') & Are(second, 'u');

        return (ofKey | ofEnd | ofEscape) != Vector<byte>.Zero;
    }

    private static Vector<byte> Are(Vector<byte> bytes, char letter) =>
        Vector.Equals(bytes, new Vector<byte>((byte)letter));

    private static int? FirstIn(ReadOnlySpan<byte> events, int from, int to)
    {
        for (var at = from; at < to; at++)
        {
            if (events[at] is (byte)'_' or (byte)'[' or (byte)'\\' && IsHint(events[at..]))
            {
                return at;
            }
        }

        return null;
    }

    // Every key of a count has the first one. The word "usage" won't do: many streams say "usage":null in each event.
    // The letters of a key may be written as escapes.
    private static bool IsHint(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("_tokens"u8) || bytes.StartsWith("_stop"u8) || bytes.StartsWith("[DONE]"u8)
        || bytes.StartsWith("\\u00"u8);
}
