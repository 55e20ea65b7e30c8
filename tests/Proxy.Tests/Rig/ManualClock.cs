namespace EventLedger.Proxy.Tests.Rig;

/// <summary>A clock whose time passes when a test says so.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long ticks = TimeSpan.TicksPerDay;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan time) => ticks += time.Ticks;

    /// <inheritdoc/>
    public override long GetTimestamp() => ticks;
}
