namespace EventLedger.Ledger.Streaming;

/// <summary>The bounds of a <see cref="BalanceFeed"/>.</summary>
/// <param name="SubscribersMax">The most subscribers at once; more are turned away.</param>
/// <param name="Heartbeat">
/// How long a subscriber hears nothing at most, and how long one who may listen no more can go on.
/// </param>
internal sealed record FeedOptions(int SubscribersMax, TimeSpan Heartbeat)
{
    /// <summary>Changes that wait for one subscriber; with one more, it is ended and comes back later.</summary>
    public int WaitingMax { get; init; } = 4096;
}
