namespace EventLedger.Nats;

/// <summary>Who listens to what, on whichever connection there is.</summary>
internal sealed class Subscribers
{
    private readonly Lock gate = new();

    // Replaced whole on a change, so that the read loop looks up without a lock.
    private volatile Dictionary<long, ISubscriber> subscribers = [];
    private Link? link;
    private long lastId;

    public IReadOnlyCollection<ISubscriber> All => subscribers.Values;

    /// <summary>Subscribes, now and on every later connection. Returns the subscription's id.</summary>
    public long Add(ISubscriber subscriber)
    {
        lock (gate)
        {
            var id = ++lastId;
            subscribers = new Dictionary<long, ISubscriber>(subscribers) { [id] = subscriber };

            if (link is not null)
            {
                link.Outbox.TryWrite(Lane.Control, new SubscribeFrame(subscriber.Subject, id));
                subscriber.OnConnected(link);
            }

            return id;
        }
    }

    /// <summary>Asks the server to send no more. What is on its way arrives until <see cref="Remove"/>.</summary>
    public void Unsubscribe(long id)
    {
        lock (gate)
        {
            link?.Outbox.TryWrite(Lane.Control, new UnsubscribeFrame(id));
        }
    }

    /// <summary>Forgets a subscriber.</summary>
    public void Remove(long id)
    {
        lock (gate)
        {
            var rest = new Dictionary<long, ISubscriber>(subscribers);
            rest.Remove(id);
            subscribers = rest;
        }
    }

    public void Connect(Link connected)
    {
        lock (gate)
        {
            link = connected;

            foreach (var (id, subscriber) in subscribers)
            {
                connected.Outbox.TryWrite(Lane.Control, new SubscribeFrame(subscriber.Subject, id));
            }

            foreach (var subscriber in subscribers.Values)
            {
                subscriber.OnConnected(connected);
            }
        }
    }

    public void Disconnect(Exception reason)
    {
        lock (gate)
        {
            link = null;

            foreach (var subscriber in subscribers.Values)
            {
                subscriber.OnDisconnected(reason);
            }
        }
    }

    public void Dispatch(in Frame message)
    {
        if (subscribers.TryGetValue(message.SubscriptionId, out var subscriber))
        {
            subscriber.OnMessage(message);
        }
    }

    public void Refuse(PermissionViolation violation)
    {
        foreach (var subscriber in subscribers.Values)
        {
            subscriber.OnPermissionViolation(violation);
        }
    }
}
