using System.Collections.Concurrent;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// The lifetimes of all requests, used again from one to the next. One timer looks at all of them: a timer for each
/// request, and a registration with the proxy's own end, cost more than all else that a lifetime takes.
/// </summary>
internal sealed class ClientLifetimes : IDisposable
{
    private const int IdleMax = 1024;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private readonly HashSet<ClientLifetime> all = [];
    private readonly ConcurrentQueue<ClientLifetime> idle = [];
    private readonly DrainBudget budget;
    private readonly ShutdownGrace grace;
    private readonly TimeProvider clock;
    private readonly ITimer check;
    private int idleCount;
    private int inUse;

    /// <summary>Begins to look at deadlines.</summary>
    public ClientLifetimes(DrainBudget budget, ShutdownGrace grace, TimeProvider clock)
    {
        (this.budget, this.grace, this.clock) = (budget, grace, clock);
        check = clock.CreateTimer(_ => Check(), null, CheckInterval, CheckInterval);
    }

    /// <summary>How many requests are under way.</summary>
    public int InUse => Volatile.Read(ref inUse);

    /// <summary>Begins with a request; disposing of it ends it.</summary>
    /// <param name="gone">The client's own signal.</param>
    /// <param name="timeMax">How long the whole may take.</param>
    /// <param name="mayDrain">Whether it may go on without its client.</param>
    public ClientLifetime Begin(CancellationToken gone, TimeSpan timeMax, bool mayDrain)
    {
        Interlocked.Increment(ref inUse);
        var lifetime = Take();
        lifetime.Begin(gone, timeMax, mayDrain);
        return lifetime;
    }

    /// <summary>Takes one back that nobody uses any more.</summary>
    public void GiveBack(ClientLifetime ended)
    {
        Interlocked.Decrement(ref inUse);

        if (Interlocked.Increment(ref idleCount) <= IdleMax)
        {
            idle.Enqueue(ended);
            return;
        }

        Interlocked.Decrement(ref idleCount);

        lock (gate)
        {
            all.Remove(ended);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => check.Dispose();

    private ClientLifetime Take()
    {
        if (idle.TryDequeue(out var used))
        {
            Interlocked.Decrement(ref idleCount);
            return used;
        }

        var made = new ClientLifetime(this, budget, clock);

        lock (gate)
        {
            all.Add(made);
        }

        return made;
    }

    private void Check()
    {
        ClientLifetime[] now;

        lock (gate)
        {
            now = [.. all];
        }

        foreach (var lifetime in now)
        {
            lifetime.EndIfDue(grace.Token.IsCancellationRequested);
        }
    }
}
