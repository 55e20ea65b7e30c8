using EventLedger.Ledger.Csv;

namespace EventLedger.Ledger.Cli.Printing;

/// <summary>RFC 4180: a line of names, then a line for each row.</summary>
/// <param name="columns">Their names.</param>
/// <param name="output">Where the lines go.</param>
internal sealed class CsvRows(string[] columns, TextWriter output) : IRowWriter
{
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

    private Task WriteLineAsync(IEnumerable<string> fields) =>
        output.WriteAsync(string.Join(',', fields) + CsvField.LineEnd);

    private static string Field(Cell cell) => cell.IsNumber ? cell.Text : CsvField.Of(cell.Text);
}
