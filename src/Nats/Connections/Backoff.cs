namespace EventLedger.Nats;

/// <summary>Delays that double up to a bound, each taken at random from zero to its full length.</summary>
internal sealed class Backoff(TimeSpan min, TimeSpan max)
{
    private TimeSpan ceiling;

    /// <summary>The first attempt after a success waits for nothing.</summary>
    public void Reset() => ceiling = TimeSpan.Zero;

    public TimeSpan Next()
    {
        var delay = ceiling * Random.Shared.NextDouble();
        ceiling = ceiling == TimeSpan.Zero ? min : TimeSpan.FromTicks(long.Min(ceiling.Ticks * 2, max.Ticks));
        return delay;
    }
}
