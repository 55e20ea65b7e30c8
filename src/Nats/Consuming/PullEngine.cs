namespace EventLedger.Nats;

/// <summary>What is to be done about pulling.</summary>
internal enum PullAction
{
    None,

    /// <summary>Send a pull.</summary>
    Pull,

    /// <summary>Ask the server whether the consumer is there, before any other pull.</summary>
    Inspect,

    /// <summary>End with an error.</summary>
    Stop,
}

/// <summary>One step of <see cref="PullEngine"/>.</summary>
internal readonly record struct PullStep(PullAction Action, int Batch = 0, TimeSpan Expires = default);

/// <summary>
/// The accounting of pulls, pure: it is told what happens and when, and says what to do. It counts what the server
/// still owes and what is held and not yet handed on, and asks for more when both together fall to half.
/// </summary>
internal sealed class PullEngine(PullOptions options)
{
    private static readonly TimeSpan BackoffMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ExpiresMin = TimeSpan.FromSeconds(1);

    private int batchMax = options.MaxMessages;
    private TimeSpan expires = options.Expires;
    private bool isReady;
    private int owed;
    private int held;
    private TimeSpan heardAt;
    private TimeSpan pausedUntil;
    private TimeSpan backoff = BackoffMin;

    /// <summary>Messages that the server still owes, as far as we know.</summary>
    public int Owed => owed;

    /// <summary>Messages received and not handed on.</summary>
    public int Held => held;

    /// <summary>The consumer is there, on a connection on which nothing was asked yet.</summary>
    public PullStep Ready(TimeSpan now)
    {
        isReady = true;
        owed = 0;
        heardAt = now;
        return Refill(now);
    }

    /// <summary>No connection, or no consumer: nothing is owed, nor asked until <see cref="Ready"/>.</summary>
    public void Lost()
    {
        isReady = false;
        owed = 0;
    }

    /// <summary>A message came, and is held.</summary>
    public PullStep Received(TimeSpan now)
    {
        heardAt = now;
        backoff = BackoffMin;
        owed = int.Max(0, owed - 1);
        held++;
        return Refill(now);
    }

    /// <summary>Held messages were handed on, or given back.</summary>
    public PullStep HandedOn(int count, TimeSpan now)
    {
        held -= count;
        return Refill(now);
    }

    /// <summary>A status came in the place of a message.</summary>
    public PullStep Told(PullStatus status, TimeSpan now)
    {
        heardAt = now;
        owed = int.Max(0, owed - status.Unserved);

        switch (status.Signal)
        {
            case PullSignal.Fatal:
                Lost();
                return new PullStep(PullAction.Stop);
            case PullSignal.Deleted:
                Lost();
                return new PullStep(PullAction.Inspect);
            case PullSignal.Forgotten:
                owed = 0;
                return Refill(now);
            case PullSignal.TooGreedy:
                owed = 0;
                batchMax = int.Max(1, batchMax / 2);
                expires = TimeSpan.FromTicks(long.Max(ExpiresMin.Ticks, expires.Ticks / 2));
                Pause(now);
                return default;
            case PullSignal.Unavailable or PullSignal.Unknown:
                owed = 0;
                Pause(now);
                return default;
            case PullSignal.Stopping:
                Pause(now);
                return default;
            default:
                return Refill(now);
        }
    }

    /// <summary>Time passed. A pull that has been silent for two heartbeats is lost, or its consumer is.</summary>
    public PullStep Tick(TimeSpan now)
    {
        if (isReady && owed > 0 && now - heardAt > options.Heartbeat * 2)
        {
            Lost();
            return new PullStep(PullAction.Inspect);
        }

        return Refill(now);
    }

    private PullStep Refill(TimeSpan now)
    {
        var outstanding = owed + held;

        if (!isReady || now < pausedUntil || outstanding > options.MaxMessages / 2)
        {
            return default;
        }

        var batch = int.Min(batchMax, options.MaxMessages - outstanding);
        heardAt = owed == 0 ? now : heardAt;
        owed += batch;
        return new PullStep(PullAction.Pull, batch, expires);
    }

    private void Pause(TimeSpan now)
    {
        pausedUntil = now + backoff;
        backoff = TimeSpan.FromTicks(long.Min(backoff.Ticks * 2, BackoffMax.Ticks));
    }
}
