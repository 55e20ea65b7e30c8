namespace EventLedger.Embedded.Examples;

/// <summary>What one customer used in the example, in tokens and micro-OMR.</summary>
/// <param name="Customer">The customer's id.</param>
/// <param name="Requests">Requests of this run.</param>
/// <param name="Tokens">Tokens of this run.</param>
/// <param name="AmountMicroOmr">What this run's tokens come to.</param>
/// <param name="BalanceMicroOmr">What the ledger says the account holds, earlier runs included.</param>
internal sealed record ExampleRow(string Customer, int Requests, long Tokens, long AmountMicroOmr, long BalanceMicroOmr)
{
    private static readonly string[] Header = ["customer", "requests", "tokens", "amount", "balance"];

    /// <summary>A plain table: the names to the left, the numbers to the right.</summary>
    public static string Table(IReadOnlyList<ExampleRow> rows)
    {
        string[][] lines = [Header, .. rows.Select(row => row.Cells)];
        var widths = Header.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();

        return string.Join('\n', lines.Select(line => string.Join("  ", line.Select((cell, column) => column == 0
            ? cell.PadRight(widths[column])
            : cell.PadLeft(widths[column])))));
    }

    private string[] Cells => [Customer, $"{Requests}", $"{Tokens}", $"{AmountMicroOmr}", $"{BalanceMicroOmr}"];
}
