namespace EventLedger.Proxy.Monitoring;

/// <summary>Counts durations by size; any thread may add to it.</summary>
internal sealed class Histogram
{
    private static readonly double[] Bounds =
    [
        0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300,
    ];

    /// <summary>
    /// The upper bounds of the sizes, in seconds; what is longer than the last counts in the sum alone.
    /// </summary>
    public static IReadOnlyList<double> BoundSeconds => Bounds;

    private readonly long[] counts = new long[BoundSeconds.Count + 1];
    private long ticks;

    /// <summary>The sum of all durations.</summary>
    public TimeSpan Sum => TimeSpan.FromTicks(Interlocked.Read(ref ticks));

    /// <summary>Is told of each duration as well, where they are exported.</summary>
    public System.Diagnostics.Metrics.Histogram<double>? Instrument { get; set; }

    /// <summary>Adds one duration.</summary>
    public void Add(TimeSpan duration)
    {
        var at = 0;
        var seconds = duration.TotalSeconds;

        while (at < Bounds.Length && seconds > Bounds[at])
        {
            at++;
        }

        Interlocked.Increment(ref counts[at]);
        Interlocked.Add(ref ticks, duration.Ticks);
        Instrument?.Record(seconds);
    }

    /// <summary>How many durations are within each bound; the last number is how many there are.</summary>
    public IReadOnlyList<long> Cumulative()
    {
        var sum = 0L;
        return [.. counts.Select((_, at) => sum += Interlocked.Read(ref counts[at]))];
    }
}
