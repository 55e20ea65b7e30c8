using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

/// <summary>
/// Pulls the messages of a durable consumer. It keeps pulling through lost connections, restarted servers and a
/// consumer that is away for a while; only an error that can't pass ends it.
/// </summary>
public sealed partial class JetStreamConsumer : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly JetStream jetStream;
    private readonly NatsConnection connection;
    private readonly string stream;
    private readonly string durable;
    private readonly PullOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Inbox inbox;
    private readonly byte[] pullSubject;
    private readonly long origin;
    private readonly CancellationTokenSource disposing = new();

    private readonly Channel<bool> bell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Lock gate = new();
    private readonly Queue<JetStreamMessage> held = new();
    private readonly SlabPool slabs = new();
    private long heldBytes;
    private PullEngine engine;
    private JetStreamException? failure;
    private bool isReading;
    private bool isDraining;

    internal JetStreamConsumer(
        JetStream jetStream, NatsConnection connection, string stream, string durable, PullOptions options)
    {
        this.jetStream = jetStream;
        this.connection = connection;
        this.stream = stream;
        this.durable = durable;
        this.options = options;
        time = connection.Time;
        origin = time.GetTimestamp();
        log = connection.Loggers.CreateLogger<JetStreamConsumer>();
        inbox = new Inbox(connection.InboxPrefix);
        pullSubject = JetStream.ApiSubject($"CONSUMER.MSG.NEXT.{stream}.{durable}");
        engine = new PullEngine(options);
    }

    // Server 2.9.10 loses sight, for a whole acknowledgement wait, of the first message that comes back while our pull
    // still stands without a listener. By the next heartbeat it has cleared such pulls away.
    private TimeSpan GiveBackDelay => options.Heartbeat + TimeSpan.FromMilliseconds(100);

    private TimeSpan TickInterval => options.Heartbeat / 4;

    private TimeSpan Now => time.GetElapsedTime(origin);

    /// <summary>
    /// The messages as they come: whatever is there, at once, up to <paramref name="max"/>. It ends when the connection
    /// drains; what is held and not yet handed out is given back to the server then. One reader at a time.
    /// </summary>
    /// <exception cref="JetStreamException">The consumer can't be pulled from, now or later.</exception>
    public async IAsyncEnumerable<IReadOnlyList<JetStreamMessage>> ReadBatchesAsync(
        int max, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var reading = Begin();
        await using var ringing = cancellation.UnsafeRegister(
            static state => ((JetStreamConsumer)state!).Ring(), this);

        try
        {
            while (!cancellation.IsCancellationRequested && !disposing.IsCancellationRequested)
            {
                if (Take(max) is { } batch)
                {
                    yield return batch;
                }
                else if (isDraining)
                {
                    yield break;
                }
                else
                {
                    await bell.Reader.ReadAsync(CancellationToken.None);
                }
            }
        }
        finally
        {
            await EndAsync(reading);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Ends reading. Messages that were handed out may still be settled while the connection lives.</summary>
    public async ValueTask DisposeAsync()
    {
        await disposing.CancelAsync();
        Ring();
    }

    private Reading Begin()
    {
        Reading reading;

        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposing.IsCancellationRequested, this);

            if (isReading)
            {
                throw new InvalidOperationException("The consumer is being read already.");
            }

            isReading = true;
            engine = new PullEngine(options);
            reading = new Reading(this, time.CreateTimer(_ => Tick(), state: null, TickInterval, TickInterval));
        }

        reading.Subscription = connection.Subscribers.Add(reading);
        return reading;
    }

    // What the server sends until it has seen the end is given back too: nobody waits for it to time out.
    private async Task EndAsync(Reading reading)
    {
        lock (gate)
        {
            isReading = false;
            engine.Lost();
        }

        await reading.Timer.DisposeAsync();
        connection.Subscribers.Unsubscribe(reading.Subscription);

        try
        {
            using var limit = new CancellationTokenSource(StopLimit, time);
            await connection.FlushAsync(limit.Token);
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            LogStoppedWithoutConnection(stream, durable, e.Message);
        }

        connection.Subscribers.Remove(reading.Subscription);
        GiveBackHeld();
    }

    private JetStreamMessage[]? Take(int max)
    {
        lock (gate)
        {
            if (failure is not null)
            {
                throw failure;
            }

            if (held.Count == 0 || isDraining)
            {
                return null;
            }

            var batch = new JetStreamMessage[int.Min(max, held.Count)];

            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = held.Dequeue();
                heldBytes -= batch[i].Length;
                NoteHandedOn(batch[i]);
            }

            Do(engine.HandedOn(batch.Length, Now));
            return batch;
        }
    }

    private void GiveBackHeld()
    {
        lock (gate)
        {
            while (held.TryDequeue(out var message))
            {
                heldBytes -= message.Length;
                GiveBack(message);
            }
        }
    }

    private void Ring() => bell.Writer.TryWrite(true);

    [LoggerMessage(LogLevel.Information, "Stopped reading {Stream}/{Consumer} without the server's answer: {Reason}")]
    private partial void LogStoppedWithoutConnection(string stream, string consumer, string reason);
}
