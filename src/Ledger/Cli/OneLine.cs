using System.Globalization;

namespace EventLedger.Ledger.Cli;

/// <summary>Text that others chose, for a terminal: it could else move the cursor, or look like another line.</summary>
internal static class OneLine
{
    /// <summary>The text with a sign in place of each character that isn't shown.</summary>
    public static string Of(string? text) =>
        string.Concat((text ?? "").Select(character => IsShown(character) ? character : '\uFFFD'));

    private static bool IsShown(char character) => CharUnicodeInfo.GetUnicodeCategory(character)
        is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
