namespace EventLedger.Nats;

/// <summary>What a consumer is doing.</summary>
public enum ConsumerCondition
{
    /// <summary>Nobody reads.</summary>
    Idle,

    /// <summary>There is no connection.</summary>
    Disconnected,

    /// <summary>There is a connection, and the consumer has not been found on it yet.</summary>
    Searching,

    /// <summary>Messages are pulled.</summary>
    Pulling,

    /// <summary>As many messages as the consumer allows are out unacknowledged: the server sends none.</summary>
    Stalled,

    /// <summary>It can't be pulled from, now or later.</summary>
    Failed,
}

/// <summary>How a consumer is.</summary>
/// <param name="Condition">What it is doing.</param>
/// <param name="Lag">Messages of the stream that are not settled yet, as last heard; null before that.</param>
/// <param name="Unacknowledged">Messages that were handed out and not settled.</param>
/// <param name="OldestUnacknowledged">How long ago the oldest of them was handed out.</param>
/// <param name="LastProgress">When a message was last settled.</param>
public sealed record ConsumerHealth(
    ConsumerCondition Condition,
    ulong? Lag,
    int Unacknowledged,
    TimeSpan OldestUnacknowledged,
    DateTimeOffset? LastProgress);
