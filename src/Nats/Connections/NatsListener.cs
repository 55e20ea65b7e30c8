using System.Threading.Channels;

namespace EventLedger.Nats;

/// <summary>Hears the messages of one subject, for one reader.</summary>
public sealed class NatsListener : ISubscriber, IDisposable
{
    private readonly Subscribers subscribers;
    private readonly string subject;
    private readonly Channel<byte[]> heard;
    private readonly long id;

    internal NatsListener(Subscribers subscribers, string subject, int heldMax)
    {
        (this.subscribers, this.subject) = (subscribers, subject);
        heard = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(heldMax) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });
        id = subscribers.Add(this);
    }

    string ISubscriber.Subject => subject;

    /// <summary>The bodies of messages as they come; ends when the connection is closed.</summary>
    public IAsyncEnumerable<byte[]> ReadAllAsync(CancellationToken cancellation) =>
        heard.Reader.ReadAllAsync(cancellation);

    /// <summary>Listens no longer.</summary>
    public void Dispose()
    {
        subscribers.Unsubscribe(id);
        subscribers.Remove(id);
        heard.Writer.TryComplete();
    }

    void ISubscriber.OnConnected(Link link)
    {
    }

    void ISubscriber.OnDisconnected(Exception reason)
    {
    }

    void ISubscriber.OnMessage(in Frame message) => heard.Writer.TryWrite(message.Body.ToArray());

    // The server says so in its log and ours; whoever listens hears nothing.
    void ISubscriber.OnPermissionViolation(PermissionViolation violation)
    {
    }

    Task ISubscriber.DrainAsync(CancellationToken cancellation) => Task.CompletedTask;

    void ISubscriber.OnClosed() => heard.Writer.TryComplete();
}
