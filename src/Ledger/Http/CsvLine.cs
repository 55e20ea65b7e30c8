using System.Globalization;
using System.Text;

namespace EventLedger.Ledger.Http;

/// <summary>
/// One line of CSV after RFC 4180. Texts that a spreadsheet would take for a formula begin with an apostrophe.
/// </summary>
internal sealed class CsvLine
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/csv";

    private const string FormulaBegins = "=+-@\t\r\n";

    private readonly StringBuilder line = new();

    /// <summary>Adds a text; nothing for null.</summary>
    public CsvLine Text(string? text) => Field(
        text is [var first, ..] && FormulaBegins.Contains(first, StringComparison.Ordinal) ? $"'{text}" : text ?? "");

    /// <summary>Adds a number of ours, which may well begin with a minus.</summary>
    public CsvLine Number(long? number) => Field(number?.ToString(CultureInfo.InvariantCulture) ?? "");

    /// <summary>Adds a time.</summary>
    public CsvLine Time(DateTimeOffset? time) =>
        Field(time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture) ?? "");

    /// <summary>The line with its end; the next field begins a new one.</summary>
    public string End()
    {
        line.Length--;
        line.Append("\r\n");
        var text = line.ToString();
        line.Clear();
        return text;
    }

    private CsvLine Field(string text)
    {
        if (text.AsSpan().ContainsAny(",\"\r\n"))
        {
            line.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        else
        {
            line.Append(text);
        }

        line.Append(',');
        return this;
    }
}
