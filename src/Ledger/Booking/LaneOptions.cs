namespace EventLedger.Ledger.Booking;

/// <summary>How submissions become transactions.</summary>
/// <param name="Lanes">Transactions at once; each customer has one lane, so lanes don't meet on streams.</param>
public sealed record LaneOptions(int Lanes)
{
    /// <summary>The most submissions of one transaction.</summary>
    public int BatchMax { get; init; } = 2000;

    /// <summary>The most submissions that a lane holds beyond that; more wait outside.</summary>
    public int QueuedMax { get; init; } = 4000;

    /// <summary>The first pause after the database failed; doubled each time.</summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(2);
}
