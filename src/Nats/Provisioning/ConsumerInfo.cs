using System.Text.Json.Serialization;

namespace EventLedger.Nats;

/// <summary>A consumer as the server has it.</summary>
public sealed record ConsumerInfo
{
    /// <summary>Its name.</summary>
    public string Name { get => field ?? ""; init; }

    /// <summary>Its stream.</summary>
    public string StreamName { get => field ?? ""; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Its settings.</summary>
    public ConsumerConfig Config { get => field ?? new(); init; }

    /// <summary>The last message delivered.</summary>
    public ConsumerPosition Delivered { get => field ?? new(); init; }

    /// <summary>The last message up to which all are acknowledged.</summary>
    public ConsumerPosition AckFloor { get => field ?? new(); init; }

    /// <summary>Messages not delivered yet.</summary>
    public ulong NumPending { get; init; }

    /// <summary>Messages delivered and not acknowledged.</summary>
    public int NumAckPending { get; init; }

    /// <summary>Messages delivered more than once and not acknowledged.</summary>
    public int NumRedelivered { get; init; }

    /// <summary>Pulls that stand.</summary>
    public int NumWaiting { get; init; }
}

/// <summary>The settings of a consumer, as the server has them.</summary>
public sealed record ConsumerConfig
{
    /// <summary>Its name.</summary>
    public string DurableName { get => field ?? ""; init; }

    /// <summary>Where it begins: <c>all</c>, or anything else.</summary>
    public string DeliverPolicy { get => field ?? ""; init; }

    /// <summary>What it wants acknowledged: <c>explicit</c>, <c>all</c> or <c>none</c>.</summary>
    public string AckPolicy { get => field ?? ""; init; }

    /// <summary>After how long a message that was not acknowledged is delivered again.</summary>
    [JsonConverter(typeof(NanosConverter))]
    public TimeSpan AckWait { get; init; }

    /// <summary>How often a message is delivered at most; -1 for ever.</summary>
    public int MaxDeliver { get; init; }

    /// <summary>Messages that may be out unacknowledged.</summary>
    public int MaxAckPending { get; init; }

    /// <summary>The subject it is limited to; empty for all of the stream.</summary>
    public string FilterSubject { get => field ?? ""; init; }

    /// <summary>Where a push consumer delivers to; empty for one that is pulled from.</summary>
    public string DeliverSubject { get => field ?? ""; init; }
}

/// <summary>A place in a consumer's deliveries and in its stream.</summary>
public sealed record ConsumerPosition
{
    /// <summary>The number of the delivery.</summary>
    [JsonPropertyName("consumer_seq")]
    public ulong Consumer { get; init; }

    /// <summary>The place in the stream.</summary>
    [JsonPropertyName("stream_seq")]
    public ulong Stream { get; init; }
}
