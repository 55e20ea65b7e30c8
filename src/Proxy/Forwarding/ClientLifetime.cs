namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// How long a request goes on. It stands in for the client's own signal, so that a metered response is read to its end
/// after its client has gone: what is written then goes nowhere.
/// </summary>
internal sealed class ClientLifetime : IDisposable
{
    private readonly Lock gate = new();
    private readonly DrainBudget budget;
    private readonly Deadlines deadlines;
    private readonly CancellationTokenSource end;
    private readonly CancellationTokenRegistration whenGone;
    private readonly CancellationTokenRegistration whenStopping;
    private long bytesLeft;
    private bool mayDrain;
    private bool isDraining;

    /// <summary>Begins with the request.</summary>
    /// <param name="gone">The client's own signal.</param>
    /// <param name="stopping">The proxy waits no longer for requests.</param>
    /// <param name="timeMax">How long the whole may take.</param>
    /// <param name="mayDrain">Whether it may go on without its client.</param>
    /// <param name="budget">How far.</param>
    /// <param name="deadlines">What ends it.</param>
    public ClientLifetime(
        CancellationToken gone,
        CancellationToken stopping,
        TimeSpan timeMax,
        bool mayDrain,
        DrainBudget budget,
        Deadlines deadlines)
    {
        (this.mayDrain, this.budget, bytesLeft) = (mayDrain, budget, budget.BytesMax);
        this.deadlines = deadlines;
        end = deadlines.Take(timeMax);
        whenGone = gone.UnsafeRegister(static state => ((ClientLifetime)state!).OnClientGone(), this);
        whenStopping = stopping.UnsafeRegister(static state => ((ClientLifetime)state!).end.Cancel(), this);
    }

    /// <summary>Ends the request.</summary>
    public CancellationToken Token => end.Token;

    /// <summary>Whether the client has gone.</summary>
    public bool IsClientGone { get; private set; }

    /// <summary>Whether there was no time left, and a client that still waits.</summary>
    public bool IsTimedOut => end.IsCancellationRequested && !IsClientGone;

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

    /// <inheritdoc/>
    public void Dispose()
    {
        whenGone.Dispose();
        whenStopping.Dispose();
        deadlines.GiveBack(end);

        if (isDraining)
        {
            budget.GiveBack();
        }
    }

    private void OnClientGone()
    {
        lock (gate)
        {
            IsClientGone = true;
            isDraining = mayDrain && budget.TryTake();

            if (isDraining)
            {
                end.CancelAfter(budget.TimeMax);
            }
            else
            {
                end.Cancel();
            }
        }
    }
}
