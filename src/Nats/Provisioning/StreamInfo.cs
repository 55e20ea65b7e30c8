using System.Text.Json.Serialization;

namespace EventLedger.Nats;

/// <summary>A stream as the server has it.</summary>
public sealed record StreamInfo
{
    /// <summary>Its settings.</summary>
    public StreamConfig Config { get => field ?? new(); init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>What it holds.</summary>
    public StreamState State { get => field ?? new(); init; }
}

/// <summary>The settings of a stream, as the server has them.</summary>
public sealed record StreamConfig
{
    /// <summary>The stream's name.</summary>
    public string Name { get => field ?? ""; init; }

    /// <summary>The subjects it takes.</summary>
    public IReadOnlyList<string> Subjects { get => field ?? []; init; }

    /// <summary>What makes it delete messages: <c>limits</c>, <c>interest</c> or <c>workqueue</c>.</summary>
    public string Retention { get => field ?? ""; init; }

    /// <summary>Where it keeps them: <c>file</c> or <c>memory</c>.</summary>
    public string Storage { get => field ?? ""; init; }

    /// <summary>What happens at a limit: <c>new</c> refuses, <c>old</c> deletes.</summary>
    public string Discard { get => field ?? ""; init; }

    /// <summary>Messages it may hold; -1 for any number.</summary>
    [JsonPropertyName("max_msgs")]
    public long MaxMessages { get; init; }

    /// <summary>Bytes it may hold; -1 for any number.</summary>
    public long MaxBytes { get; init; }

    /// <summary>The largest message; -1 for the server's limit.</summary>
    [JsonPropertyName("max_msg_size")]
    public int MaxMessageSize { get; init; }

    /// <summary>How long it keeps a message; zero for ever.</summary>
    [JsonConverter(typeof(NanosConverter))]
    public TimeSpan MaxAge { get; init; }

    /// <summary>How long it remembers message ids.</summary>
    [JsonConverter(typeof(NanosConverter))]
    public TimeSpan DuplicateWindow { get; init; }

    /// <summary>How many servers hold it.</summary>
    [JsonPropertyName("num_replicas")]
    public int Replicas { get; init; }
}

/// <summary>What a stream holds.</summary>
public sealed record StreamState
{
    /// <summary>Its messages.</summary>
    public ulong Messages { get; init; }

    /// <summary>Their bytes.</summary>
    public ulong Bytes { get; init; }

    /// <summary>The place of the first one that is still there.</summary>
    [JsonPropertyName("first_seq")]
    public ulong FirstSequence { get; init; }

    /// <summary>The place of the last one there ever was.</summary>
    [JsonPropertyName("last_seq")]
    public ulong LastSequence { get; init; }

    /// <summary>Its consumers.</summary>
    public int ConsumerCount { get; init; }
}
