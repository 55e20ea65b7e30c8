namespace EventLedger.Nats;

/// <summary>How a consumer pulls.</summary>
public sealed record PullOptions
{
    /// <summary>
    /// Messages that are asked for or held at once. Times a handler's service time, this must stay below half the
    /// consumer's acknowledgement wait.
    /// </summary>
    public int MaxMessages { get; init; } = 1000;

    /// <summary>
    /// Bytes of messages that are held at once. One that comes when they are reached is given back, to come later.
    /// </summary>
    public int MaxBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a pull stands at the server.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the server says that an idle pull stands; after twice that it is renewed.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Called, again and again until it is there, when the consumer is missing: whoever owns the stream provisions it
    /// here. Null: wait until someone does.
    /// </summary>
    public Func<CancellationToken, Task>? Provision { get; init; }
}
