using System.Globalization;
using System.Text;

namespace EventLedger.Nats;

/// <summary>Requests that wait for their answer. One made while disconnected is sent once connected.</summary>
internal sealed class Requests(string inboxPrefix, TimeProvider time) : ISubscriber
{
    /// <summary>Requests that may wait at the same time.</summary>
    public const int PendingMax = 8192;

    private readonly Lock gate = new();
    private readonly Inbox inbox = new(inboxPrefix);
    private readonly Dictionary<long, Pending> pending = [];
    private Link? link;
    private string? inboxRefusal;
    private long lastNumber;
    private bool isClosed;

    public string Subject => inbox.Wildcard;

    /// <summary>Sends a request and returns its answer.</summary>
    /// <param name="subject">Where to.</param>
    /// <param name="body">What.</param>
    /// <param name="timeout">The limit, waiting for a connection included.</param>
    /// <param name="isForThisConnection">Fail where there is none: on the next the request may be wrong.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NatsPermissionException">The server refuses the subject, or answers to us.</exception>
    public async ValueTask<NatsReply> SendAsync(
        ReadOnlyMemory<byte> subject,
        ReadOnlyMemory<byte> body,
        TimeSpan timeout,
        bool isForThisConnection,
        CancellationToken cancellation)
    {
        var request = new Pending(subject, body);
        using var timer = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        var number = Begin(request, isForThisConnection);

        try
        {
            return await request.Answer.Task.WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NatsTimeoutException(
                $"No answer on {request.SubjectText} within {timeout.TotalSeconds:0.###} s.");
        }
        finally
        {
            lock (gate)
            {
                pending.Remove(number);
            }

            // It may have failed just as the wait for it ended, and would be reported as unobserved.
            _ = request.Answer.Task.IsFaulted ? request.Answer.Task.Exception : null;
        }
    }

    public void OnConnected(Link link)
    {
        lock (gate)
        {
            this.link = link;

            foreach (var (number, request) in pending)
            {
                Send(number, request);
            }
        }
    }

    // Whether a request that was sent has been seen is unknown: whoever made it knows whether to make it again.
    public void OnDisconnected(Exception reason)
    {
        lock (gate)
        {
            link = null;
            inboxRefusal = null;

            foreach (var request in pending.Values.Where(request => request.IsSent))
            {
                request.Answer.TrySetException(new NatsDisconnectedException(
                    $"The connection was lost before {request.SubjectText} answered.", reason));
            }
        }
    }

    public void OnMessage(in Frame message)
    {
        lock (gate)
        {
            if (!pending.TryGetValue(inbox.NumberOf(message.Subject), out var request))
            {
                return;
            }

            var headers = HeaderBlock.Received(message.Headers.ToArray());

            if (headers.StatusCode == JetStreamStatus.NoResponders)
            {
                request.Answer.TrySetException(new NatsNoRespondersException(request.SubjectText));
            }
            else
            {
                request.Answer.TrySetResult(new NatsReply(headers, message.Body.ToArray()));
            }
        }
    }

    public void OnPermissionViolation(PermissionViolation violation)
    {
        lock (gate)
        {
            // The server says it once, at times before the first request: none on this connection has an answer.
            inboxRefusal = RefusesInbox(violation) ? violation.Message : inboxRefusal;

            foreach (var request in pending.Values.Where(request => Concerns(violation, request)))
            {
                request.Answer.TrySetException(new NatsPermissionException(violation.Message));
            }
        }
    }

    public Task DrainAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            return Task.WhenAll(pending.Values.Select(request => request.Answer.Task)).WaitAsync(cancellation);
        }
    }

    public void OnClosed()
    {
        lock (gate)
        {
            isClosed = true;

            foreach (var request in pending.Values)
            {
                request.Answer.TrySetException(new NatsDisconnectedException("The connection is closed."));
            }
        }
    }

    private bool Concerns(PermissionViolation violation, Pending request) =>
        RefusesInbox(violation) || (violation.IsPublish && violation.Subject == request.SubjectText);

    private bool RefusesInbox(PermissionViolation violation) =>
        !violation.IsPublish && violation.Subject == Subject;

    private long Begin(Pending request, bool isForThisConnection)
    {
        lock (gate)
        {
            if (isClosed)
            {
                throw new NatsDisconnectedException("The connection is closed.");
            }

            if (pending.Count >= PendingMax)
            {
                throw new NatsException($"{PendingMax} requests already wait for their answers.");
            }

            if (inboxRefusal is not null)
            {
                throw new NatsPermissionException(inboxRefusal);
            }

            Send(++lastNumber, request);

            if (isForThisConnection && !request.IsSent)
            {
                throw new NatsDisconnectedException("There is no connection.");
            }

            pending.Add(lastNumber, request);
            return lastNumber;
        }
    }

    private void Send(long number, Pending request)
    {
        var replyTo = Encoding.ASCII.GetBytes(inbox.Prefix + number.ToString(CultureInfo.InvariantCulture));

        request.IsSent = link is not null
            && link.Outbox.TryWrite(Lane.Control, new MessageFrame(request.Subject.Span, replyTo, request.Body.Span));
    }

    private sealed class Pending(ReadOnlyMemory<byte> subject, ReadOnlyMemory<byte> body)
    {
        public ReadOnlyMemory<byte> Subject => subject;

        public ReadOnlyMemory<byte> Body => body;

        public bool IsSent { get; set; }

        public TaskCompletionSource<NatsReply> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string SubjectText => Encoding.ASCII.GetString(subject.Span);
    }
}
