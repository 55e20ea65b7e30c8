using System.Globalization;

namespace EventLedger.Contracts.Times;

/// <summary>
/// Times as texts, UTC where a text doesn't say. Only forms that everybody reads alike are taken: 01/11/2026 is two
/// days, and 10:00 some day's.
/// </summary>
public static class UtcTime
{
    /// <summary>Two of the forms, for messages.</summary>
    public const string Expected = "2026-11-01 or 2026-11-01T12:00:00Z";

    // Microseconds, as PostgreSQL keeps them, and one length: such times sort as texts.
    private const string Written = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Reads a time.</summary>
    public static bool TryParse(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, Utc, out time);

    /// <summary>Writes a time to the microsecond.</summary>
    public static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString(Written, CultureInfo.InvariantCulture);
}
