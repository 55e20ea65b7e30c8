namespace EventLedger.EventStore.Verifying;

/// <summary>Something in the ledger that isn't what it must be.</summary>
/// <param name="Position">The first position that is wrong; null where no position is, as for a balance.</param>
/// <param name="Message">What is wrong, and what it should be.</param>
public sealed record Finding(long? Position, string Message)
{
    /// <summary>The one of two, either of which may be missing, whose position comes first.</summary>
    internal static Finding? Earlier(Finding? one, Finding? other) =>
        one is null || (other is not null && EarlierPosition(one.Position, other.Position) != one.Position)
            ? other
            : one;

    /// <summary>The first of two positions. Those below 1, which no event has, come last.</summary>
    internal static long? EarlierPosition(long? one, long? other) => one is null ? other
        : other is null ? one
        : unchecked((ulong)(one.Value - 1) <= (ulong)(other.Value - 1)) ? one : other;
}
