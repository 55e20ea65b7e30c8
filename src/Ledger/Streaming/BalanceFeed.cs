using System.Text;
using EventLedger.Accounts;
using EventLedger.EventStore.Reading;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Streaming;

/// <summary>
/// Tells subscribers of changes of balances as they are committed. One tail of the ledger serves them all, and runs
/// while there are any.
/// </summary>
internal sealed partial class BalanceFeed : IAsyncDisposable
{
    /// <summary>The reason that a subscriber is told who takes changes too slowly.</summary>
    public const string TooSlow = "changes came faster than they were taken; resume behind the last one";

    private const string Stopping = "the ledger is stopping; resume behind the last change";
    private const string Broken = "the ledger can't be followed; resume behind the last change";

    private readonly EventTail tail;
    private readonly EventReader reader;
    private readonly FeedOptions options;
    private readonly ILogger<BalanceFeed> logger;
    private readonly CancellationTokenRegistration atStop;
    private readonly Lock changing = new();
    private readonly Dictionary<string, List<FeedSubscription>> byCustomer = new(StringComparer.Ordinal);
    private Following? following;
    private bool isStopping;

    /// <summary>Makes a feed that ends with the service.</summary>
    public BalanceFeed(
        EventTail tail, EventReader reader, FeedOptions options, IHostApplicationLifetime service,
        ILogger<BalanceFeed> logger)
    {
        this.tail = tail;
        this.reader = reader;
        this.options = options;
        this.logger = logger;
        atStop = service.ApplicationStopping.Register(Stop);
    }

    /// <summary>How many there are.</summary>
    public int Subscribers { get; private set; }

    /// <summary>
    /// Subscribes to a customer's changes; null where there are too many subscribers, or the service stops. Every
    /// change behind the head that is read after this is told.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">The database can't be reached.</exception>
    public async Task<FeedSubscription?> SubscribeAsync(string customerId, CancellationToken cancellation)
    {
        if (Add(customerId) is not var (subscription, begun))
        {
            return null;
        }

        try
        {
            await begun.WaitAsync(cancellation);
            return subscription;
        }
        catch
        {
            subscription.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await atStop.DisposeAsync();
    }

    private (FeedSubscription Subscription, Task Begun)? Add(string customerId)
    {
        lock (changing)
        {
            if (isStopping || Subscribers >= options.SubscribersMax)
            {
                return null;
            }

            Subscribers++;
            var subscription = new FeedSubscription(customerId, options.WaitingMax, Remove);

            if (!byCustomer.TryGetValue(customerId, out var own))
            {
                byCustomer.Add(customerId, own = []);
            }

            own.Add(subscription);
            following ??= Follow();
            return (subscription, following.Begun.Task);
        }
    }

    private void Remove(FeedSubscription subscription)
    {
        lock (changing)
        {
            if (!byCustomer.TryGetValue(subscription.CustomerId, out var own) || !own.Remove(subscription))
            {
                return;
            }

            Subscribers--;

            if (own.Count == 0)
            {
                byCustomer.Remove(subscription.CustomerId);
            }

            if (Subscribers == 0)
            {
                following?.End.Cancel();
                following = null;
            }
        }
    }

    private void Stop()
    {
        lock (changing)
        {
            isStopping = true;
        }

        CloseAll(Stopping);
    }

    private Following Follow()
    {
        var begun = new Following();
        _ = Task.Run(() => RunAsync(begun), CancellationToken.None);
        return begun;
    }

    private async Task RunAsync(Following own)
    {
        try
        {
            var position = await reader.ReadHeadAsync(own.End.Token);
            own.Begun.SetResult();

            await foreach (var @event in tail.FollowAsync(position, own.End.Token))
            {
                Tell(@event);
            }
        }
        catch (OperationCanceledException) when (own.End.IsCancellationRequested)
        {
            // Nobody listens any more.
            own.Begun.TrySetCanceled();
        }
        catch (Exception failure)
        {
            LogBroken(failure);
            Forget(own);
            own.Begun.TrySetException(failure);
            CloseAll(Broken);
        }
    }

    private void Tell(in StoredEvent @event)
    {
        lock (changing)
        {
            if (!byCustomer.TryGetValue(@event.StreamId, out var own) || ChangeOf(@event) is not { } change)
            {
                return;
            }

            foreach (var subscription in own.Where(subscription => !subscription.Offer(change)))
            {
                subscription.Close(TooSlow);
            }
        }
    }

    private static BalanceChange? ChangeOf(in StoredEvent @event) => Entry.TryRead(@event.Data.Span, out var entry)
        ? new(@event.StreamId, Encoding.UTF8.GetString(entry.AssetName), entry.Amount, @event.Position)
        : null;

    // The next subscriber begins anew.
    private void Forget(Following own)
    {
        lock (changing)
        {
            following = following == own ? null : following;
        }
    }

    private void CloseAll(string reason)
    {
        lock (changing)
        {
            foreach (var subscription in byCustomer.Values.SelectMany(own => own))
            {
                subscription.Close(reason);
            }
        }
    }

    private sealed class Following
    {
        public CancellationTokenSource End { get; } = new();

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(LogLevel.Error, "The ledger can't be followed; those who listened to balances were sent away.")]
    private partial void LogBroken(Exception failure);
}
