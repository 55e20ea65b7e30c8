namespace EventLedger.Nats;

internal sealed partial class Link
{
    private const int WatchesPerPing = 5;

    private readonly Lock pings = new();
    private readonly Queue<(long Ping, TaskCompletionSource Answered)> flushes = new();
    private long pingsSent;
    private long pongsReceived;
    private long lastFlushPosition;

    /// <summary>Returns when the server has answered to everything written before.</summary>
    public Task FlushAsync(CancellationToken cancellation)
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        lock (pings)
        {
            if (failure is not null || !Outbox.TryWrite(Lane.Publish, FixedFrame.Ping, out lastFlushPosition))
            {
                return Task.FromException(new NatsDisconnectedException("The connection has ended."));
            }

            flushes.Enqueue((++pingsSent, answered));
        }

        return answered.Task.WaitAsync(cancellation);
    }

    // A stopped server takes bytes for as long as the kernel does, so silence is found by asking, and a full socket
    // by how long one write lasts.
    private async Task WatchAsync()
    {
        var sincePing = 0;
        using var timer = new PeriodicTimer(options.PingInterval / WatchesPerPing, time);

        while (await timer.WaitForNextTickAsync(ended.Token))
        {
            RequireWriting();

            if (++sincePing == WatchesPerPing)
            {
                sincePing = 0;
                Ping();
            }
        }
    }

    private void RequireWriting()
    {
        var since = Volatile.Read(ref writingSince);

        if (since != NotWriting && time.GetElapsedTime(since) > options.WriteStallTimeout)
        {
            throw new NatsException($"A write made no progress for {options.WriteStallTimeout.TotalSeconds} s.");
        }
    }

    private void Ping()
    {
        lock (pings)
        {
            // A flush is a ping behind the publishes: one from here would overtake it and be taken for its answer. Once
            // it has left, nothing does, and a server that never answers it has to be found out.
            if (!Outbox.HasLeft(Lane.Publish, lastFlushPosition))
            {
                return;
            }

            if (pingsSent - pongsReceived >= options.PingsOutstandingMax)
            {
                throw new NatsException($"The server left {pingsSent - pongsReceived} pings unanswered.");
            }

            if (Outbox.TryWrite(Lane.Control, FixedFrame.Ping))
            {
                pingsSent++;
            }
        }
    }

    private void TakePong()
    {
        lock (pings)
        {
            pongsReceived++;

            while (flushes.TryPeek(out var flush) && flush.Ping <= pongsReceived)
            {
                flushes.Dequeue();
                flush.Answered.TrySetResult();
            }
        }
    }

    private void FailFlushes()
    {
        lock (pings)
        {
            while (flushes.TryDequeue(out var flush))
            {
                flush.Answered.TrySetException(new NatsDisconnectedException("The connection has ended.", failure));

                // Whoever waited may have given up; a failure that nobody looks at would be reported as unobserved.
                _ = flush.Answered.Task.Exception;
            }
        }
    }
}
