using System.Globalization;
using System.Text;
using EventLedger.Contracts.Times;
using EventLedger.Ledger.Csv;

namespace EventLedger.Ledger.Http;

/// <summary>One line of CSV, field by field.</summary>
internal sealed class CsvLine
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/csv";

    private readonly StringBuilder line = new();

    /// <summary>Adds a text; nothing for null.</summary>
    public CsvLine Text(string? text) => Field(CsvField.Of(text ?? ""));

    /// <summary>Adds a number.</summary>
    public CsvLine Number(long? number) => Field(number?.ToString(CultureInfo.InvariantCulture) ?? "");

    /// <summary>Adds a time.</summary>
    public CsvLine Time(DateTimeOffset? time) => Field(time is { } at ? UtcTime.Write(at) : "");

    /// <summary>The line with its end; the next field begins a new one.</summary>
    public string End()
    {
        line.Length--;
        line.Append(CsvField.LineEnd);
        var text = line.ToString();
        line.Clear();
        return text;
    }

    private CsvLine Field(string field)
    {
        line.Append(field).Append(',');
        return this;
    }
}
