namespace EventLedger.NodeBilling.Otoml;

/// <summary>How much a batch may hold. Whoever can push to the repository chooses what is in its files.</summary>
public static class OtomlLimits
{
    /// <summary>The largest file, in bytes; what a forge takes through its API.</summary>
    public const int BytesMax = 10 * 1024 * 1024;

    /// <summary>The most records of one file.</summary>
    public const int RecordsMax = 25_000;

    /// <summary>The most values of one file, tables and arrays among them.</summary>
    public const int ValuesMax = 20 * RecordsMax;

    /// <summary>The deepest nesting of arrays and inline tables, and the most parts of one dotted key.</summary>
    public const int NestingMax = 32;

    /// <summary>The longest string or key, in bytes of UTF-8 without its escapes.</summary>
    public const int StringBytesMax = 64 * 1024;
}
