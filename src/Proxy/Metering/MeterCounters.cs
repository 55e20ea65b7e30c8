using EventLedger.Proxy.Monitoring;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Metering;

/// <summary>What became of the responses that were looked at.</summary>
internal sealed class MeterCounters
{
    private readonly Counter[] unmetered = [.. Enum.GetValues<UnmeteredReason>().Select(_ => new Counter())];

    /// <summary>Charged: each has an envelope.</summary>
    public Counter Observed { get; } = new();

    /// <summary>Stated usage of zero, or a price of zero: nothing to charge.</summary>
    public Counter Free { get; } = new();

    /// <summary>Read to their end after their client had gone.</summary>
    public Counter Drained { get; } = new();

    /// <summary>The tokens charged.</summary>
    public Counter Tokens { get; } = new();

    /// <summary>From a charged request to the end of its response.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>Charged nothing for <paramref name="reason"/>.</summary>
    public Counter Unmetered(UnmeteredReason reason) => unmetered[(int)reason];
}
