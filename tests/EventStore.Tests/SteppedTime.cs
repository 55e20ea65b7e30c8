namespace EventLedger.EventStore.Tests;

/// <summary>Time that passes at once where somebody waits for it.</summary>
internal sealed class SteppedTime : TimeProvider
{
    /// <summary>What was waited for, in order.</summary>
    public List<long> WaitedMs { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        WaitedMs.Add((long)dueTime.TotalMilliseconds);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
