using System.Diagnostics;

namespace EventLedger.Nats.Bench;

/// <summary>
/// What a run does after its first third, by when pools are filled and code is compiled: how long it takes, and what
/// the whole process allocates meanwhile, callers and timers included.
/// </summary>
internal sealed class SteadyPart(int messages)
{
    private readonly int warm = messages / 3;
    private int done;
    private int measuredFrom;
    private long startedAt;
    private long allocatedBefore;

    /// <summary>Counts messages that are done; the callers never do so for two at once.</summary>
    public void Count(int more)
    {
        done += more;

        if (startedAt == 0 && done >= warm)
        {
            measuredFrom = done;
            allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
            startedAt = Stopwatch.GetTimestamp();
        }
    }

    public Figure End()
    {
        var took = Stopwatch.GetElapsedTime(startedAt);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        var measured = done - measuredFrom;
        return new Figure(measured / took.TotalSeconds, (double)allocated / measured);
    }
}
