using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

/// <summary>
/// Publishes to streams and waits for their acknowledgement. A message without one is sent again under the same id:
/// after a while, and on each new connection. Thread-safe.
/// </summary>
public sealed partial class JetStreamPublisher : IAsyncDisposable
{
    private const int FreeMax = 1024;
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(50);

    private readonly NatsConnection connection;
    private readonly PublisherOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Inbox inbox;
    private readonly long subscription;
    private readonly ITimer sweep;

    private readonly Lock gate = new();
    private readonly PendingPublish?[] window;
    private readonly Stack<int> freePlaces = new();
    private readonly Queue<PendingPublish> waiting = new();
    private readonly Stack<PendingPublish> free = new();
    private readonly List<TaskCompletionSource> drains = [];
    private Link? link;
    private string? inboxRefusal;
    private long published;
    private long bytesInFlight;
    private string? checkedSubject;
    private string lastStream = "";
    private DateTimeOffset? lastProgress;
    private bool isAdmitting;
    private bool isDraining;
    private bool isClosed;

    internal JetStreamPublisher(NatsConnection connection, PublisherOptions options)
    {
        this.connection = connection;
        this.options = options;
        time = connection.Time;
        log = connection.Loggers.CreateLogger<JetStreamPublisher>();
        inbox = new Inbox(connection.InboxPrefix);
        window = new PendingPublish?[options.MaxInFlight];

        for (var place = options.MaxInFlight - 1; place >= 0; place--)
        {
            freePlaces.Push(place);
        }

        sweep = time.CreateTimer(_ => Sweep(), state: null, SweepInterval, SweepInterval);
        subscription = connection.Subscribers.Add(new Listener(this));
    }

    /// <summary>
    /// Publishes a message and returns when the stream has it. Which of two calls is stored first is not promised.
    /// </summary>
    /// <param name="subject">A subject of the stream.</param>
    /// <param name="messageId">What tells the stream that a message sent again is the same one.</param>
    /// <param name="headers">Further headers; none may begin with <c>Nats-</c>: those change what is done.</param>
    /// <param name="body">The message. It must not change until the call ends.</param>
    /// <param name="cancellation">Ends the wait. Whether the message is stored is then unknown.</param>
    /// <exception cref="JetStreamException">
    /// Refused, or not acknowledged within <see cref="PublisherOptions.AckTimeout"/>. Where retrying can help, it may
    /// have been stored: publish it again under the same id.
    /// </exception>
    public ValueTask<PubAck> PublishAsync(
        string subject,
        string messageId,
        HeaderBlock headers,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellation)
    {
        RequireMessageId(messageId);
        RequireHeaders(headers);

        PendingPublish pending;
        ValueTask<PubAck> task;

        lock (gate)
        {
            RequireSubject(subject);
            RequireOpen();

            pending = TakeFree();
            pending.Begin(subject, messageId, headers, body, time.GetTimestamp());
            task = pending.Task;
            waiting.Enqueue(pending);
            Admit();
        }

        pending.ListenTo(cancellation);
        return task;
    }

    /// <summary>
    /// Publishes messages together, and returns when each of them is stored or has failed: see
    /// <see cref="PublishBatch.HasFailed"/>. Where the wait is cancelled, it is unknown which of them are stored.
    /// </summary>
    /// <exception cref="JetStreamException">
    /// Nothing was published: the publisher is closed, or too many messages wait already.
    /// </exception>
    public Task PublishAsync(PublishBatch batch, CancellationToken cancellation)
    {
        foreach (var item in batch.Items)
        {
            RequireMessageId(item.MessageId);
            RequireHeaders(item.Headers);
        }

        lock (gate)
        {
            RequireOpen();
            batch.Begin();

            for (var place = 0; place < batch.Count; place++)
            {
                Enqueue(batch, place);
            }

            Admit();
        }

        return batch.WaitAsync(cancellation);
    }

    /// <summary>How the publisher is now.</summary>
    public PublisherHealth Health
    {
        get
        {
            lock (gate)
            {
                var oldest = window.OfType<PendingPublish>().Concat(waiting).MinBy(pending => pending.StartedAt);
                return new PublisherHealth(
                    InFlight,
                    waiting.Count,
                    oldest is null ? TimeSpan.Zero : time.GetElapsedTime(oldest.StartedAt),
                    lastProgress);
            }
        }
    }

    /// <summary>Ends the publisher. Publishes that still wait fail; they may have been stored.</summary>
    public ValueTask DisposeAsync()
    {
        connection.Subscribers.Unsubscribe(subscription);
        connection.Subscribers.Remove(subscription);
        Close();
        return sweep.DisposeAsync();
    }

    internal void Recycle(PendingPublish pending)
    {
        lock (gate)
        {
            // One that was given up while it waited is still in that queue, and must not come back as another.
            if (free.Count < FreeMax && pending.Token != 0)
            {
                pending.Token = 0;
                free.Push(pending);
            }
        }
    }

    internal void Cancel(PendingPublish pending, CancellationToken token)
    {
        lock (gate)
        {
            Finish(pending, default, new OperationCanceledException(token));
        }
    }

    private void Enqueue(PublishBatch batch, int place)
    {
        var item = batch.Items[place];
        var pending = TakeFree();
        RequireSubject(item.Subject);
        pending.Begin(item.Subject, item.MessageId, item.Headers, item.Body, time.GetTimestamp());
        pending.AnswerTo(batch, place);
        waiting.Enqueue(pending);
    }

    private PendingPublish TakeFree() => free.TryPop(out var used) ? used : new PendingPublish(this);

    private void RequireSubject(string subject)
    {
        if (!ReferenceEquals(subject, checkedSubject))
        {
            Names.RequireSubject(subject);
            checkedSubject = subject;
        }
    }

    private static void RequireMessageId(string messageId)
    {
        if (messageId.Length is 0 or > Names.SubjectLengthMax)
        {
            throw new ArgumentException(
                $"A message id has 1 to {Names.SubjectLengthMax} characters: without it, resending would store twice.",
                nameof(messageId));
        }

        HeaderBlock.RequireValue(messageId, "Nats-Msg-Id");
    }

    private static void RequireHeaders(HeaderBlock headers)
    {
        if (headers.IsEmpty)
        {
            return;
        }

        foreach (var (key, _) in headers)
        {
            if (key.StartsWith("Nats-", StringComparison.OrdinalIgnoreCase))
            {
                throw new ArgumentException($"The header {key} is the server's: it changes what publishing does.");
            }
        }
    }

    private void RequireOpen()
    {
        if (isClosed || isDraining)
        {
            throw new JetStreamException("The publisher is closed.", JetStreamErrors.None, canRetry: false);
        }

        if (waiting.Count >= options.MaxWaiting)
        {
            throw new JetStreamException(
                $"{options.MaxWaiting} messages already wait to be published.", JetStreamErrors.None, canRetry: true);
        }
    }

    private void Close()
    {
        // A connection that is closed closes its publishers: a timer that went on would keep them in memory.
        sweep.Dispose();

        lock (gate)
        {
            isClosed = true;
            var failure = new JetStreamException(
                "The publisher was closed; the message may have been stored.", JetStreamErrors.None, canRetry: true);

            while (waiting.TryDequeue(out var pending))
            {
                Finish(pending, default, failure);
            }

            foreach (var pending in window)
            {
                if (pending is not null)
                {
                    Finish(pending, default, failure);
                }
            }
        }
    }
}
