namespace EventLedger.Ledger.Streaming;

/// <summary>The bounds of a <see cref="BalanceFeed"/>.</summary>
/// <param name="SubscribersMax">The most subscribers at once; more are turned away.</param>
internal sealed record FeedOptions(int SubscribersMax)
{
    /// <summary>Changes that wait for one subscriber; with one more, it is ended and comes back later.</summary>
    public int WaitingMax { get; init; } = 4096;

    /// <summary>How long a subscriber hears nothing at most.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);
}
