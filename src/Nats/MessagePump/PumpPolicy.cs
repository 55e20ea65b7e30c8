namespace EventLedger.Nats;

/// <summary>The bounds of a message pump.</summary>
public sealed record PumpPolicy
{
    /// <summary>Messages handed over at once.</summary>
    public int MaxBatch { get; init; } = 500;

    /// <summary>
    /// How often the server is told that work on messages goes on; well below the consumer's acknowledgement wait.
    /// </summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The pause after the first failure of an outage; it doubles.</summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What the pause grows to.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long, when stopping, the batch at hand may still take.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(10);
}
