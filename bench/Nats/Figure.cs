namespace EventLedger.Nats.Bench;

/// <summary>What one run measured.</summary>
internal readonly record struct Figure(double PerSecond, double BytesPerMessage, TimeSpan P99 = default);
