namespace EventLedger.Nats;

internal enum FrameKind : byte
{
    Message,
    Ping,
    Pong,
    Ok,
    Error,
    Info,
}

/// <summary>One frame from the server, as slices of the bytes it was read from.</summary>
internal readonly ref struct Frame
{
    public required FrameKind Kind { get; init; }

    /// <summary>The subscription that a message is for.</summary>
    public long SubscriptionId { get; init; }

    public ReadOnlySpan<byte> Subject { get; init; }

    public ReadOnlySpan<byte> ReplyTo { get; init; }

    /// <summary>The whole header block of a message, version line and blank line included.</summary>
    public ReadOnlySpan<byte> Headers { get; init; }

    /// <summary>The body of a message, the JSON of an INFO, the text of an error.</summary>
    public ReadOnlySpan<byte> Body { get; init; }
}
