using System.Buffers;

namespace EventLedger.Ledger.Csv;

/// <summary>
/// One field of a line after RFC 4180. A text that a spreadsheet would take for a formula begins with an apostrophe.
/// </summary>
internal static class CsvField
{
    /// <summary>What ends a line.</summary>
    public const string LineEnd = "\r\n";

    private static readonly SearchValues<char> Quoted = SearchValues.Create("\",\r\n");
    private static readonly SearchValues<char> BeginsFormula = SearchValues.Create("=+-@\t\r\n");

    /// <summary>A text that others may have written. Numbers, which may begin with a minus, need none of it.</summary>
    public static string Of(string text) =>
        Quote(text is [var first, ..] && BeginsFormula.Contains(first) ? $"'{text}" : text);

    private static string Quote(string text) =>
        text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
