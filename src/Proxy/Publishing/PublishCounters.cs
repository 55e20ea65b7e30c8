using EventLedger.Proxy.Monitoring;

namespace EventLedger.Proxy.Publishing;

/// <summary>What the broker did with envelopes.</summary>
internal sealed class PublishCounters
{
    /// <summary>Acknowledged.</summary>
    public Counter Acknowledged { get; } = new();

    /// <summary>Attempts to publish or to set aside that failed; each is followed by another.</summary>
    public Counter Failures { get; } = new();

    /// <summary>Refused for good, and set aside.</summary>
    public Counter Refused { get; } = new();
}
