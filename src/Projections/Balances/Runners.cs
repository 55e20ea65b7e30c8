namespace EventLedger.Projections.Balances;

/// <summary>
/// Runs work on demand, so many at once at most: whoever brings more wakes one up, unless all are at it.
/// </summary>
/// <param name="countMax">The most that run.</param>
/// <param name="hasMore">Whether there is work that nobody has taken.</param>
/// <param name="work">Takes work until there is none; must not throw.</param>
internal sealed class Runners(int countMax, Func<bool> hasMore, Func<Task> work)
{
    private int running;

    /// <summary>To be called after the work was brought.</summary>
    public void Wake()
    {
        if (TryBegin())
        {
            _ = RunAsync();
        }
    }

    private bool TryBegin()
    {
        // Counted only where there is room. Counted first and taken back, it would look like full to one that has just
        // ended and finds more: that would be left to nobody.
        while (Interlocked.CompareExchange(ref running, 0, 0) is var seen && seen < countMax)
        {
            if (Interlocked.CompareExchange(ref running, seen + 1, seen) == seen)
            {
                return true;
            }
        }

        return false;
    }

    // What came between the last look at the work and the end found this one still running.
    private async Task RunAsync()
    {
        do
        {
            await work();
            Interlocked.Decrement(ref running);
        }
        while (hasMore() && TryBegin());
    }
}
