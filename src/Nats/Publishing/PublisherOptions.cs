namespace EventLedger.Nats;

/// <summary>The bounds of a publisher.</summary>
public sealed record PublisherOptions
{
    /// <summary>The stream that must take the messages; another one then refuses them. Null: any.</summary>
    public string? Stream { get; init; }

    /// <summary>Messages that may wait for their acknowledgement at once; further ones wait for a place.</summary>
    public int MaxInFlight { get; init; } = 512;

    /// <summary>Bytes that those may have together. One message alone may have more.</summary>
    public int MaxBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Callers that may wait for a place; a further one is refused.</summary>
    public int MaxWaiting { get; init; } = 16 * 1024;

    /// <summary>How long a publish may take in all, waits for a place and for a connection included.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After how long without an answer a message is sent again, under the same id.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The delay before a message is sent again that the server couldn't take; it doubles each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);
}
