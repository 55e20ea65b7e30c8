using System.Collections.Concurrent;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// Cancellation after a time, for each request. Sources that nobody has seen cancelled are used again: a new timer for
/// each request is what would cost.
/// </summary>
internal sealed class Deadlines(TimeProvider clock)
{
    private const int IdleMax = 1024;

    private readonly ConcurrentQueue<CancellationTokenSource> idle = [];

    /// <summary>A source that cancels itself after <paramref name="time"/>.</summary>
    public CancellationTokenSource Take(TimeSpan time)
    {
        if (!idle.TryDequeue(out var source))
        {
            return new(time, clock);
        }

        source.CancelAfter(time);
        return source;
    }

    /// <summary>Ends the use of a source; nobody may hold on to its token.</summary>
    public void GiveBack(CancellationTokenSource source)
    {
        if (idle.Count < IdleMax && source.TryReset())
        {
            idle.Enqueue(source);
        }
        else
        {
            source.Dispose();
        }
    }
}
