namespace EventLedger.Nats.Bench;

/// <summary>What one run measured.</summary>
internal readonly record struct Figure(int Messages, TimeSpan Took, double BytesPerMessage = 0, TimeSpan P99 = default)
{
    public double PerSecond => Messages / Took.TotalSeconds;
}
