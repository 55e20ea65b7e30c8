namespace EventLedger.Nats;

/// <summary>
/// A message delivered to this process, to be settled once: by <see cref="Ack"/>, <see cref="Nak"/>,
/// <see cref="Term"/> or <see cref="AckSyncAsync"/>, of which the first counts. Settling is queued and never waits. One
/// that isn't settled is delivered again after the consumer's acknowledgement wait. Its bytes are valid until it is
/// settled.
/// </summary>
public sealed class JetStreamMessage
{
    private const int Unsettled = 0;
    private const int Settled = 1;

    private readonly JetStreamConsumer consumer;
    private readonly Slab slab;
    private readonly AckToken token;
    private readonly int start;
    private readonly int replyToLength;
    private readonly int headersLength;
    private readonly int bodyLength;
    private int state;

    internal JetStreamMessage(
        JetStreamConsumer consumer,
        ConsumerSession session,
        string subject,
        in Frame frame,
        in AckToken token,
        Slab slab)
    {
        this.consumer = consumer;
        this.token = token;
        this.slab = slab;
        Session = session;
        Subject = subject;
        replyToLength = frame.ReplyTo.Length;
        headersLength = frame.Headers.Length;
        bodyLength = frame.Body.Length;
        start = slab.Take(LengthIn(frame));

        var target = slab.Bytes.AsSpan(start);
        frame.ReplyTo.CopyTo(target);
        frame.Headers.CopyTo(target[replyToLength..]);
        frame.Body.CopyTo(target[(replyToLength + headersLength)..]);
    }

    /// <summary>The subject it was published to.</summary>
    public string Subject { get; }

    /// <summary>Its headers.</summary>
    public HeaderBlock Headers => HeaderBlock.Received(Slice(replyToLength, headersLength));

    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> Body => Slice(replyToLength + headersLength, bodyLength);

    /// <summary>When the stream was created: sequences count from there, and begin again in another stream.</summary>
    public DateTimeOffset StreamCreated => Session.StreamCreated;

    /// <summary>Its place in the stream, from 1.</summary>
    public ulong StreamSequence => token.StreamSequence;

    /// <summary>The number of this delivery, from 1.</summary>
    public ulong ConsumerSequence => token.ConsumerSequence;

    /// <summary>How often it has been delivered, from 1. A server that was killed may have forgotten some.</summary>
    public int Delivered => token.Delivered;

    /// <summary>Messages that waited behind it when it was delivered.</summary>
    public ulong Pending => token.Pending;

    /// <summary>When the stream stored it.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.UnixEpoch.AddTicks(token.TimestampNanos / 100);

    /// <summary>Whether it has been settled.</summary>
    public bool IsSettled => Volatile.Read(ref state) == Settled;

    internal int Length => replyToLength + headersLength + bodyLength;

    internal ConsumerSession Session { get; }

    internal long HandedOnAt { get; set; }

    internal ReadOnlySpan<byte> ReplyTo => slab.Bytes.AsSpan(start, replyToLength);

    /// <summary>It is done with and need not come again.</summary>
    public void Ack() => Settle(new Settlement(SettlementKind.Ack));

    /// <summary>It shall come again, after a delay.</summary>
    public void Nak(TimeSpan delay = default) => Settle(new Settlement(SettlementKind.Nak, delay));

    /// <summary>It shall never come again, though it was not done.</summary>
    public void Term() => Settle(new Settlement(SettlementKind.Term));

    /// <summary>Work on it goes on: the acknowledgement wait begins anew.</summary>
    public void InProgress() => consumer.ReportProgress(this);

    /// <summary>
    /// As <see cref="Ack"/>, and returns when the server has taken it. That is not yet on its disk: a server that is
    /// killed right after delivers the message again.
    /// </summary>
    /// <exception cref="NatsException">The server didn't confirm it; the message may come again.</exception>
    public async ValueTask AckSyncAsync(CancellationToken cancellation)
    {
        if (TrySettle())
        {
            await consumer.AcknowledgeAsync(this, cancellation);
        }
    }

    internal static int LengthIn(in Frame frame) => frame.ReplyTo.Length + frame.Headers.Length + frame.Body.Length;

    internal void ReleaseBytes() => slab.Release();

    private bool TrySettle() => Interlocked.Exchange(ref state, Settled) == Unsettled;

    private void Settle(Settlement settlement)
    {
        if (TrySettle())
        {
            consumer.Settle(this, settlement);
        }
    }

    private ReadOnlyMemory<byte> Slice(int offset, int length)
    {
        ObjectDisposedException.ThrowIf(IsSettled, this);
        return slab.Bytes.AsMemory(start + offset, length);
    }
}
