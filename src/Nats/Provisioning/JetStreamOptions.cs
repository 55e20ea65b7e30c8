namespace EventLedger.Nats;

/// <summary>How long JetStream's own requests may take.</summary>
public sealed record JetStreamOptions
{
    /// <summary>The limit for one attempt.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts at a request that was not answered, or that JetStream couldn't serve.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>The delay between them.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);
}
