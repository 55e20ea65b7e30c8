namespace EventLedger.Contracts.Envelopes;

/// <summary>The hours, UTC, that producers and the ledger count by.</summary>
public static class UsageHour
{
    /// <summary>The hour that a time is in.</summary>
    public static DateTimeOffset Of(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
}
