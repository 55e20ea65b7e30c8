using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventLedger.Ledger.Cli.Printing;

/// <summary>One array, an object for each row, each on a line of its own.</summary>
/// <param name="columns">The names of its members.</param>
/// <param name="output">Where the lines go.</param>
internal sealed class JsonRows(string[] columns, TextWriter output) : IRowWriter
{
    // Nobody puts it into a page: readable, and what a terminal would obey is escaped all the same.
    private static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> buffer = new();
    private bool hasBegun;

    /// <inheritdoc/>
    public async Task WriteAsync(Cell[] row)
    {
        await output.WriteAsync((hasBegun ? ",\n " : "[\n ") + Object(row));
        hasBegun = true;
    }

    /// <inheritdoc/>
    public Task EndAsync() => output.WriteLineAsync(hasBegun ? "\n]" : "[]");

    private string Object(Cell[] row)
    {
        buffer.ResetWrittenCount();
        using var json = new Utf8JsonWriter(buffer, Readable);
        json.WriteStartObject();

        foreach (var (column, cell) in columns.Zip(row))
        {
            json.WritePropertyName(column);
            cell.WriteTo(json);
        }

        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
