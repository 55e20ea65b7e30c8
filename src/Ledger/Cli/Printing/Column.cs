namespace EventLedger.Ledger.Cli.Printing;

/// <summary>A column of what a verb prints.</summary>
/// <param name="Name">Its name, as the HTTP API calls the same field.</param>
/// <param name="Of">What it shows of a row.</param>
internal sealed record Column<T>(string Name, Func<T, Cell> Of);
