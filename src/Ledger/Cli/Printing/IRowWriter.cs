namespace EventLedger.Ledger.Cli.Printing;

/// <summary>Writes rows in one form, none of which holds more of them than it must.</summary>
internal interface IRowWriter
{
    /// <summary>Writes the next row, with a cell for each column.</summary>
    Task WriteAsync(Cell[] row);

    /// <summary>Writes what is left, and the end.</summary>
    Task EndAsync();
}
