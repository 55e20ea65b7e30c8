using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Legacy;

/// <summary>What became of a batch of rows.</summary>
internal sealed class LegacyBatch
{
    private readonly List<(LegacyRow Row, string Reason)> refused = [];

    /// <summary>How many rows were booked.</summary>
    public int Booked { get; private set; }

    /// <summary>How many had been in the ledger before.</summary>
    public int Before { get; private set; }

    /// <summary>What the ledger has for these, as it is stored there.</summary>
    public Int128 LedgerMicroOmr { get; private set; }

    /// <summary>Those that can't be imported, with the reason.</summary>
    public IReadOnlyList<(LegacyRow Row, string Reason)> Refused => refused;

    /// <summary>How many rows it has.</summary>
    public int Rows => Booked + Before + Refused.Count;

    /// <summary>Keeps a row that can't be imported.</summary>
    public void Refuse(LegacyRow row, string reason) => refused.Add((row, reason));

    /// <summary>Counts a row by what the ledger has under its key.</summary>
    /// <param name="row">The row.</param>
    /// <param name="entry">What it becomes.</param>
    /// <param name="stored">What the ledger has.</param>
    /// <param name="wasBefore">Whether it had that when the batch began.</param>
    public void Compare(LegacyRow row, BulkEntry entry, StoredEntry stored, bool wasBefore)
    {
        if (!stored.IsLike(entry))
        {
            var whose = stored.CustomerId == entry.Event.StreamId ? "" : $" of customer {stored.CustomerId}";
            Refuse(
                row,
                $"is worth {entry.Amount} {entry.Asset}, but the ledger has {stored.Amount} {stored.Asset} for it, as "
                + $"entry {entry.Event.Id}{whose}");
        }
        else
        {
            LedgerMicroOmr += stored.Amount;
            Before += wasBefore ? 1 : 0;
            Booked += wasBefore ? 0 : 1;
        }
    }
}
