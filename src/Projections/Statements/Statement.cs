namespace EventLedger.Projections.Statements;

/// <summary>A customer's totals between two times, with the balances at both ends.</summary>
/// <param name="Opening">The balance right before the first time, for each asset that had an entry by the end.</param>
/// <param name="Totals">What was recorded from the first time on, before the second; by asset and day.</param>
/// <param name="AfterPosition">The ledger's last position before the first time.</param>
/// <param name="Position">The ledger's last position before the second time; what comes later counts no more.</param>
public sealed record Statement(
    IReadOnlyDictionary<string, long> Opening, IReadOnlyList<StatementTotal> Totals, long AfterPosition, long Position)
{
    /// <summary>The balance right before the second time: the opening one and the totals.</summary>
    public IReadOnlyDictionary<string, long> Closing => Opening.ToDictionary(
        opening => opening.Key,
        opening => opening.Value + Totals.Where(total => total.Asset == opening.Key).Sum(total => total.Amount));
}
