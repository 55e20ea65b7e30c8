using System.Globalization;
using System.Text.Json;
using EventLedger.Contracts.Times;

namespace EventLedger.Ledger.Cli.Printing;

/// <summary>A value of a row: a text, a whole number, a time, a yes or no, or nothing.</summary>
internal readonly struct Cell
{
    private readonly object? content;

    private Cell(object? content) => this.content = content;

    /// <summary>Whether it is a number; what others wrote may look like one.</summary>
    public bool IsNumber => content is long or Int128;

    /// <summary>Its text; empty for nothing.</summary>
    public string Text => content switch
    {
        null => "",
        long or Int128 => ((IFormattable)content).ToString(null, CultureInfo.InvariantCulture),
        bool yes => yes ? "true" : "false",
        _ => (string)content,
    };

    /// <summary>Writes it as a value of JSON.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        switch (content)
        {
            case null:
                json.WriteNullValue();
                break;
            case long or Int128:
                json.WriteRawValue(Text);
                break;
            case bool yes:
                json.WriteBooleanValue(yes);
                break;
            default:
                json.WriteStringValue((string)content);
                break;
        }
    }

    public static implicit operator Cell(string? text) => new(text);

    public static implicit operator Cell(long? number) => new(number);

    public static implicit operator Cell(Int128? number) => new(number);

    public static implicit operator Cell(bool? yes) => new(yes);

    public static implicit operator Cell(Guid? id) => new(id?.ToString());

    public static implicit operator Cell(DateTimeOffset? time) => new(time is { } at ? UtcTime.Write(at) : null);
}
