using System.Globalization;

namespace EventLedger.Nats;

/// <summary>What a status, sent in the place of a message, means for the pulls that stand.</summary>
internal enum PullSignal
{
    /// <summary>The pull stands, and there is nothing to deliver.</summary>
    Heartbeat,

    /// <summary>A pull ended, complete or not.</summary>
    Ended,

    /// <summary>The server forgot all pulls.</summary>
    Forgotten,

    /// <summary>The server stops; the connection is about to go.</summary>
    Stopping,

    /// <summary>The consumer is gone.</summary>
    Deleted,

    /// <summary>The pull asked for more than the consumer allows.</summary>
    TooGreedy,

    /// <summary>JetStream doesn't answer now.</summary>
    Unavailable,

    /// <summary>No pull like ours can ever succeed.</summary>
    Fatal,

    /// <summary>A status that this client doesn't know.</summary>
    Unknown,
}

/// <summary>A status with the messages of its pull that will not come.</summary>
internal readonly record struct PullStatus(PullSignal Signal, int Unserved, int Code, string Text)
{
    public static PullStatus Read(HeaderBlock headers) => new(
        SignalOf(headers.StatusCode, headers.StatusText),
        UnservedOf(headers["Nats-Pending-Messages"]),
        headers.StatusCode,
        headers.StatusText);

    private static int UnservedOf(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unserved) ? unserved : 0;

    private static PullSignal SignalOf(int code, string text) => code switch
    {
        JetStreamStatus.IdleHeartbeat => PullSignal.Heartbeat,
        JetStreamStatus.NoMessages or JetStreamStatus.RequestTimeout => PullSignal.Ended,
        JetStreamStatus.NoResponders => PullSignal.Unavailable,
        JetStreamStatus.BadRequest => PullSignal.Fatal,
        JetStreamStatus.Conflict => SignalOfConflict(text),
        _ => PullSignal.Unknown,
    };

    private static PullSignal SignalOfConflict(string text) =>
        Says(text, "Leadership Change") ? PullSignal.Forgotten
        : Says(text, "Server Shutdown") ? PullSignal.Stopping
        : Says(text, "Consumer Deleted") ? PullSignal.Deleted
        : Says(text, "push based") ? PullSignal.Fatal
        : Says(text, "Exceeded Max") ? PullSignal.TooGreedy
        : Says(text, "Message Size Exceeds") || Says(text, "Batch Completed") ? PullSignal.Ended
        : PullSignal.Unknown;

    private static bool Says(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
}
