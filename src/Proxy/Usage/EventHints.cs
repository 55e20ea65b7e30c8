namespace EventLedger.Proxy.Usage;

/// <summary>Tells from a glance whether an event may state usage or end the stream.</summary>
internal static class EventHints
{
    /// <summary>False only where reading the whole event would find nothing.</summary>
    public static bool MayMatter(ReadOnlySpan<byte> document) =>
        !IsWhole(document)
        || StatesUsage(document)
        || document.IndexOf("_stop"u8) >= 0
        // The letters of a key may be written as escapes.
        || document.IndexOf("\\u00"u8) >= 0;

    private static bool IsWhole(ReadOnlySpan<byte> document) => document.StartsWith("{"u8) && document.EndsWith("}"u8);

    private static bool StatesUsage(ReadOnlySpan<byte> document)
    {
        var usage = "\"usage\""u8;

        for (var at = document.IndexOf(usage); at >= 0; at = document.IndexOf(usage))
        {
            document = document[(at + usage.Length)..];

            if (!document.TrimStart(" \t:"u8).StartsWith("null"u8))
            {
                return true;
            }
        }

        return false;
    }
}
