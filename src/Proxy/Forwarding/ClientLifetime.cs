namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// How long a request goes on. It stands in for the client's own signal, so that a metered response is read to its end
/// after its client has gone: what is written then goes nowhere.
/// </summary>
internal sealed class ClientLifetime(ClientLifetimes lifetimes, DrainBudget budget, TimeProvider clock) : IDisposable
{
    private readonly Lock gate = new();
    private CancellationTokenSource end = new();
    private CancellationTokenRegistration whenGone;
    private long endsAt = long.MaxValue;
    private long bytesLeft;
    private bool isOver = true;
    private bool isDue;
    private bool mayDrain;
    private bool isDraining;

    /// <summary>Ends the request.</summary>
    public CancellationToken Token => end.Token;

    /// <summary>Whether the client has gone.</summary>
    public bool IsClientGone { get; private set; }

    /// <summary>Whether no more requests are under way than there are processors.</summary>
    public bool IsOneOfFew => lifetimes.InUse <= Environment.ProcessorCount;

    /// <summary>Whether there was no time left, and a client that still waits.</summary>
    public bool IsTimedOut => end.IsCancellationRequested && !IsClientGone;

    /// <summary>Begins with the request.</summary>
    public void Begin(CancellationToken gone, TimeSpan timeMax, bool mayDrainOn)
    {
        lock (gate)
        {
            (isOver, isDue, isDraining, IsClientGone) = (false, false, false, false);
            (mayDrain, bytesLeft) = (mayDrainOn, budget.BytesMax);
            EndAfter(timeMax);
        }

        whenGone = gone.UnsafeRegister(static state => ((ClientLifetime)state!).OnClientGone(), this);
    }

    /// <summary>Ends the request if its time is over, or the proxy's is.</summary>
    public void EndIfDue(bool isProxyEnding)
    {
        CancellationTokenSource due;

        lock (gate)
        {
            if (isOver || isDue || (!isProxyEnding && clock.GetTimestamp() < endsAt))
            {
                return;
            }

            // From here on, no other request gets this source.
            isDue = true;
            due = end;
        }

        // Not within the gate: what is cancelled may go on within this call, and wait for the client's signal.
        due.Cancel();
    }

    /// <summary>The response isn't metered: without its client it has no purpose.</summary>
    public void StopDraining()
    {
        lock (gate)
        {
            mayDrain = false;

            if (IsClientGone)
            {
                end.Cancel();
            }
        }
    }

    /// <summary>Counts bytes against the budget once the client has gone.</summary>
    public void NoteBytes(int count)
    {
        if (IsClientGone && Interlocked.Add(ref bytesLeft, -count) < 0)
        {
            end.Cancel();
        }
    }

    /// <summary>Ends with the request; another one may begin with it.</summary>
    public void Dispose()
    {
        whenGone.Dispose();

        lock (gate)
        {
            isOver = true;

            if (isDue || !end.TryReset())
            {
                end = new();
            }
        }

        if (isDraining)
        {
            budget.GiveBack();
        }

        lifetimes.GiveBack(this);
    }

    private void OnClientGone()
    {
        lock (gate)
        {
            // Its connection is ended because the request's time is over.
            if (isDue)
            {
                return;
            }

            IsClientGone = true;
            isDraining = mayDrain && budget.TryTake();

            if (isDraining)
            {
                EndAfter(budget.TimeMax);
            }
            else
            {
                end.Cancel();
            }
        }
    }

    private void EndAfter(TimeSpan time) => endsAt = time == Timeout.InfiniteTimeSpan
        ? long.MaxValue
        : clock.GetTimestamp() + (long)(time.TotalSeconds * clock.TimestampFrequency);
}
