using System.Buffers;

namespace EventLedger.Ledger.Cli.Printing;

/// <summary>RFC 4180: a line of names, then a line for each row.</summary>
/// <param name="columns">Their names.</param>
/// <param name="output">Where the lines go.</param>
internal sealed class CsvRows(string[] columns, TextWriter output) : IRowWriter
{
    private const string LineEnd = "\r\n";

    private static readonly SearchValues<char> Quoted = SearchValues.Create("\",\r\n");
    private static readonly SearchValues<char> BeginsFormula = SearchValues.Create("=+-@\t\r");

    private bool hasBegun;

    /// <inheritdoc/>
    public async Task WriteAsync(Cell[] row)
    {
        await BeginAsync();
        await WriteLineAsync(row.Select(Field));
    }

    /// <inheritdoc/>
    public Task EndAsync() => BeginAsync();

    private async Task BeginAsync()
    {
        if (!hasBegun)
        {
            hasBegun = true;
            await WriteLineAsync(columns);
        }
    }

    private Task WriteLineAsync(IEnumerable<string> fields) => output.WriteAsync(string.Join(',', fields) + LineEnd);

    // A spreadsheet would run a text that begins so; a number is only read.
    private static string Field(Cell cell) =>
        Quote(!cell.IsNumber && cell.Text is [var first, ..] && BeginsFormula.Contains(first)
            ? $"'{cell.Text}"
            : cell.Text);

    private static string Quote(string text) =>
        text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
