namespace EventLedger.Nats;

/// <summary>
/// A durable pull consumer as it shall be: it delivers all messages of the stream, wants each acknowledged, and has no
/// back-off list, which would override the acknowledgement wait.
/// </summary>
public sealed record ConsumerSpec
{
    /// <summary>The consumer's name.</summary>
    public required string Durable { get; init; }

    /// <summary>The subject it is limited to; null for all of the stream.</summary>
    public string? FilterSubject { get; init; }

    /// <summary>After how long a message that was not acknowledged is delivered again.</summary>
    public TimeSpan AckWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a message is delivered at most; -1 for ever. Any other number can lose messages.</summary>
    public int MaxDeliver { get; init; } = -1;

    /// <summary>
    /// Messages that may be out unacknowledged, over all processes; at least twice what one holds, times the processes.
    /// </summary>
    public int MaxAckPending { get; init; } = 4096;
}
