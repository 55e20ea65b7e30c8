using System.Threading.Channels;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Streaming;

/// <summary>One subscriber's share of a <see cref="BalanceFeed"/>: the changes of one customer's balances.</summary>
internal sealed class FeedSubscription : IDisposable
{
    private readonly Channel<BalanceChange> waiting;
    private readonly Action<FeedSubscription> end;

    /// <summary>Begins with an empty queue.</summary>
    /// <param name="customerId">Whose changes.</param>
    /// <param name="waitingMax">The most changes that wait.</param>
    /// <param name="end">Takes the subscription off the feed.</param>
    public FeedSubscription(string customerId, int waitingMax, Action<FeedSubscription> end)
    {
        CustomerId = customerId;
        this.end = end;
        waiting = Channel.CreateBounded<BalanceChange>(
            new BoundedChannelOptions(waitingMax) { SingleReader = true, SingleWriter = false });
    }

    /// <summary>Whose changes.</summary>
    public string CustomerId { get; }

    /// <summary>What is to be sent, in the order of positions; it ends when the subscription does.</summary>
    public ChannelReader<BalanceChange> Changes => waiting.Reader;

    /// <summary>Why it has ended; null while it goes on.</summary>
    public string? Reason { get; private set; }

    /// <summary>Adds a change; false where too many wait already.</summary>
    public bool Offer(in BalanceChange change) => waiting.Writer.TryWrite(change);

    /// <summary>Ends it behind what waits.</summary>
    public void Close(string reason)
    {
        Reason ??= reason;
        waiting.Writer.TryComplete();
    }

    /// <summary>Takes it off the feed.</summary>
    public void Dispose() => end(this);
}
