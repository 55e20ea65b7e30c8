namespace EventLedger.Nats;

/// <summary>A frame of fixed bytes: a ping, or a login that was composed before.</summary>
internal readonly struct FixedFrame(ReadOnlyMemory<byte> bytes) : IFrame
{
    public static readonly FixedFrame Ping = new("PING\r\n"u8.ToArray());

    public int LengthMax => bytes.Length;

    public int Write(Span<byte> target)
    {
        bytes.Span.CopyTo(target);
        return bytes.Length;
    }
}

/// <summary>Subscribes to a subject.</summary>
internal readonly struct SubscribeFrame(string subject, long subscriptionId) : IFrame
{
    public int LengthMax => subject.Length + FrameWriter.NumberLengthMax + 8;

    public int Write(Span<byte> target)
    {
        var frame = new FrameWriter(target);
        frame.Write("SUB "u8);
        frame.Write(subject);
        frame.Write(" "u8);
        frame.Write(subscriptionId);
        frame.Write("\r\n"u8);
        return frame.Length;
    }
}

/// <summary>Ends a subscription.</summary>
internal readonly struct UnsubscribeFrame(long subscriptionId) : IFrame
{
    public int LengthMax => FrameWriter.NumberLengthMax + 8;

    public int Write(Span<byte> target)
    {
        var frame = new FrameWriter(target);
        frame.Write("UNSUB "u8);
        frame.Write(subscriptionId);
        frame.Write("\r\n"u8);
        return frame.Length;
    }
}

/// <summary>A message without headers, optionally with a subject to answer on.</summary>
internal readonly ref struct MessageFrame(
    ReadOnlySpan<byte> subject, ReadOnlySpan<byte> replyTo, ReadOnlySpan<byte> body)
    : IFrame
{
    private readonly ReadOnlySpan<byte> subject = subject;
    private readonly ReadOnlySpan<byte> replyTo = replyTo;
    private readonly ReadOnlySpan<byte> body = body;

    public int LengthMax => subject.Length + replyTo.Length + body.Length + FrameWriter.NumberLengthMax + 10;

    public int Write(Span<byte> target)
    {
        var frame = new FrameWriter(target);
        frame.Write("PUB "u8);
        frame.Write(subject);
        frame.Write(" "u8);

        if (!replyTo.IsEmpty)
        {
            frame.Write(replyTo);
            frame.Write(" "u8);
        }

        frame.Write(body.Length);
        frame.Write("\r\n"u8);
        frame.Write(body);
        frame.Write("\r\n"u8);
        return frame.Length;
    }
}

/// <summary>A message to a stream, with the headers that make resending it harmless.</summary>
internal readonly struct StoreFrame(
    string subject,
    string inbox,
    long token,
    string messageId,
    string? expectedStream,
    HeaderBlock headers,
    ReadOnlyMemory<byte> body)
    : IFrame
{
    /// <summary>The server's limit for the headers of a stored message.</summary>
    public const int HeadersLengthMax = 64 * 1024 - 1;

    private static ReadOnlySpan<byte> Opening => "NATS/1.0\r\nNats-Msg-Id: "u8;
    private static ReadOnlySpan<byte> ExpectedStream => "Nats-Expected-Stream: "u8;

    /// <summary>Headers and body: what the server's limit on a message is about.</summary>
    public int PayloadLength => HeadersLength + body.Length;

    public int LineLengthMax => subject.Length + inbox.Length + 3 * FrameWriter.NumberLengthMax + 10;

    public int LengthMax => LineLengthMax + PayloadLength + 2;

    public int HeadersLength =>
        Opening.Length + messageId.Length + 2
        + (expectedStream is null ? 0 : ExpectedStream.Length + expectedStream.Length + 2)
        + headers.LinesLength + 2;

    public int Write(Span<byte> target)
    {
        var frame = new FrameWriter(target);
        frame.Write("HPUB "u8);
        frame.Write(subject);
        frame.Write(" "u8);
        frame.Write(inbox);
        frame.Write(token);
        frame.Write(" "u8);
        frame.Write(HeadersLength);
        frame.Write(" "u8);
        frame.Write(PayloadLength);
        frame.Write("\r\n"u8);

        // The message id comes first: the server takes the first match in the block, even inside another's value.
        frame.Write(Opening);
        frame.Write(messageId);
        frame.Write("\r\n"u8);

        if (expectedStream is not null)
        {
            frame.Write(ExpectedStream);
            frame.Write(expectedStream);
            frame.Write("\r\n"u8);
        }

        frame.Write(headers.Lines);
        frame.Write("\r\n"u8);
        frame.Write(body.Span);
        frame.Write("\r\n"u8);
        return frame.Length;
    }
}
