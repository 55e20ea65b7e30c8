namespace EventLedger.Ledger.Bench;

/// <summary>What one round reached.</summary>
/// <param name="PerSecond">Requests a second.</param>
/// <param name="MedianMs">The median time of one, in milliseconds.</param>
/// <param name="P99Ms">The 99th percentile.</param>
internal readonly record struct Rate(double PerSecond, double MedianMs, double P99Ms)
{
    public static Rate Of(List<double> latenciesMs, TimeSpan elapsed)
    {
        latenciesMs.Sort();
        return new(
            latenciesMs.Count / elapsed.TotalSeconds,
            latenciesMs[latenciesMs.Count / 2],
            latenciesMs[(int)(latenciesMs.Count * 99L / 100)]);
    }

    /// <summary>The round in the middle.</summary>
    public static Rate Median(IEnumerable<Rate> rounds)
    {
        Rate[] sorted = [.. rounds.OrderBy(round => round.PerSecond)];
        return sorted[sorted.Length / 2];
    }

    public override string ToString() => $"{PerSecond:N0}/s, median {MedianMs:N2} ms, 99th {P99Ms:N2} ms";
}
