namespace EventLedger.Ledger.Cli.Printing;

/// <summary>Columns that line up; numbers to the right.</summary>
/// <param name="columns">Their names.</param>
/// <param name="output">Where the lines go.</param>
internal sealed class TableRows(string[] columns, TextWriter output) : IRowWriter
{
    /// <summary>Rows that are measured before the first is written; a wider one that comes later stands out.</summary>
    public const int MeasuredMax = 1000;

    private const string Between = "  ";

    private readonly List<Cell[]> held = [];
    private int[]? widths;

    /// <inheritdoc/>
    public async Task WriteAsync(Cell[] row)
    {
        if (widths is not null)
        {
            await WriteLineAsync(row);
            return;
        }

        held.Add(row);

        if (held.Count == MeasuredMax)
        {
            await WriteHeldAsync();
        }
    }

    /// <inheritdoc/>
    public Task EndAsync() => widths is null ? WriteHeldAsync() : Task.CompletedTask;

    private async Task WriteHeldAsync()
    {
        widths = [.. columns.Select((name, n) => held.Select(row => row[n].Text.Length).Append(name.Length).Max())];
        var isRight = columns.Select((_, n) => held.Any(row => row[n].IsNumber)).ToArray();
        await WriteLineAsync(columns, isRight);

        foreach (var row in held)
        {
            await WriteLineAsync(row);
        }

        held.Clear();
    }

    private Task WriteLineAsync(Cell[] row) => WriteLineAsync(
        [.. row.Select(cell => OneLine.Of(cell.Text))], [.. row.Select(cell => cell.IsNumber)]);

    private Task WriteLineAsync(string[] texts, bool[] isRight)
    {
        var padded = texts.Select((text, n) => isRight[n] ? text.PadLeft(widths![n]) : text.PadRight(widths![n]));
        return output.WriteLineAsync(string.Join(Between, padded).TrimEnd());
    }
}
