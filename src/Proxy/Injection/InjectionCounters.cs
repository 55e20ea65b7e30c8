using EventLedger.Proxy.Monitoring;

namespace EventLedger.Proxy.Injection;

/// <summary>What became of requests whose usage had to be asked for.</summary>
internal sealed class InjectionCounters
{
    /// <summary>Usage was asked for.</summary>
    public Counter Asked { get; } = new();

    /// <summary>The body was larger than may be held.</summary>
    public Counter TooLarge { get; } = new();

    /// <summary>The body was no JSON object, or in an encoding.</summary>
    public Counter Unreadable { get; } = new();

    /// <summary>The upstream refused to be asked.</summary>
    public Counter Refused { get; } = new();
}
