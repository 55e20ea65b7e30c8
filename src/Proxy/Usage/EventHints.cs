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
        // Every key of a count has it. The word "usage" won't do: many streams say "usage":null in each event.
        events = events[..First(events, "_tokens"u8)];
        events = events[..First(events, "[DONE]"u8)];
        events = events[..First(events, "_stop"u8)];

        // The letters of a key may be written as escapes.
        return First(events, "\\u00"u8);
    }

    private static int First(ReadOnlySpan<byte> events, ReadOnlySpan<byte> hint) =>
        events.IndexOf(hint) is >= 0 and var found ? found : events.Length;
}
