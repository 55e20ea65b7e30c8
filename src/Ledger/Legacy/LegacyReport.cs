using EventLedger.Contracts.Money;

namespace EventLedger.Ledger.Legacy;

/// <summary>What an import found and did.</summary>
internal sealed class LegacyReport
{
    /// <summary>How many customers the old table has.</summary>
    public long Customers { get; init; }

    /// <summary>How many rows the old table has.</summary>
    public long Rows { get; init; }

    /// <summary>What all rows are worth together, as the old database adds them up.</summary>
    public Int128 WorthMicroOmr { get; init; }

    /// <summary>Accounts that were opened.</summary>
    public long AccountsOpened { get; private set; }

    /// <summary>Rows that were booked.</summary>
    public long Booked { get; private set; }

    /// <summary>Rows that had been in the ledger before.</summary>
    public long Before { get; private set; }

    /// <summary>What the ledger has for these rows, as it is stored there.</summary>
    public Int128 LedgerMicroOmr { get; private set; }

    /// <summary>Rows that can't be imported.</summary>
    public long Refused { get; private set; }

    /// <summary>What they would be worth.</summary>
    public Int128 RefusedMicroOmr { get; private set; }

    /// <summary>What the rows that aren't refused are worth in the old table.</summary>
    public Int128 ImportedMicroOmr => WorthMicroOmr - RefusedMicroOmr;

    /// <summary>Whether every row is in the ledger or refused, and both sides are worth the same.</summary>
    public bool Agrees => Rows - Refused == Booked + Before && ImportedMicroOmr == LedgerMicroOmr;

    /// <summary>Counts accounts that were opened.</summary>
    public void AddOpened(int accounts) => AccountsOpened += accounts;

    /// <summary>Counts what became of a batch of rows.</summary>
    public void Add(LegacyBatch batch)
    {
        Booked += batch.Booked;
        Before += batch.Before;
        LedgerMicroOmr += batch.LedgerMicroOmr;
        Refused += batch.Refused.Count;

        foreach (var (row, _) in batch.Refused)
        {
            RefusedMicroOmr += row.WorthMicroOmr;
        }
    }

    /// <summary>The table at the end.</summary>
    public IEnumerable<string> Describe(bool isDryRun)
    {
        yield return $"customers {Customers}, accounts {(isDryRun ? "to open" : "opened")} {AccountsOpened}";
        yield return $"rows {Rows}, {(isDryRun ? "to book" : "booked")} {Booked}, in the ledger before {Before}";
        yield return $"{"",-14} {"rows",12} {"micro-OMR",24} {"whole OMR",18}";
        yield return Line("old table", Rows - Refused, ImportedMicroOmr);
        yield return Line("ledger", Booked + Before, LedgerMicroOmr);
        yield return Line("refused", Refused, RefusedMicroOmr);
        yield return Agrees ? "both sums agree" : "WRONG: the sums differ";
    }

    private static string Line(string name, long rows, Int128 microOmr) =>
        $"{name,-14} {rows,12} {microOmr,24} {microOmr / Omr.MicroPerOmr,18}";
}
