using System.Buffers.Text;

namespace EventLedger.Nats;

/// <summary>What the reply subject of a message says. To the subject itself goes its acknowledgement.</summary>
internal readonly record struct AckToken(
    int Delivered, ulong StreamSequence, ulong ConsumerSequence, long TimestampNanos, ulong Pending)
{
    private const int TokensMax = 16;
    private const int TokensOld = 9;
    private const int TokensWithDomain = 11;

    /// <summary>
    /// Reads <c>$JS.ACK.stream.consumer.delivered.sequence.sequence.time.pending</c>, or the form that has a domain and
    /// an account before the stream, and perhaps more at the end.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> replyTo, out AckToken token)
    {
        token = default;

        if (!replyTo.StartsWith("$JS.ACK."u8))
        {
            return false;
        }

        Span<Range> parts = stackalloc Range[TokensMax];
        var count = Split(replyTo, parts);

        if (count != TokensOld && count < TokensWithDomain)
        {
            return false;
        }

        var first = count == TokensOld ? 4 : 6;

        if (!TryNumber(replyTo[parts[first]], out var delivered)
            || !TryNumber(replyTo[parts[first + 1]], out var streamSequence)
            || !TryNumber(replyTo[parts[first + 2]], out var consumerSequence)
            || !TryNumber(replyTo[parts[first + 3]], out var timestampNanos)
            || !TryNumber(replyTo[parts[first + 4]], out var pending)
            || delivered > int.MaxValue
            || timestampNanos > long.MaxValue)
        {
            return false;
        }

        token = new AckToken((int)delivered, streamSequence, consumerSequence, (long)timestampNanos, pending);
        return true;
    }

    private static int Split(ReadOnlySpan<byte> text, Span<Range> parts)
    {
        var count = 0;
        var start = 0;

        while (start <= text.Length && count < parts.Length)
        {
            var length = text[start..].IndexOf((byte)'.');
            var end = length < 0 ? text.Length : start + length;
            parts[count++] = start..end;
            start = end + 1;
        }

        return count;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out ulong number) =>
        Utf8Parser.TryParse(digits, out number, out var consumed) && consumed == digits.Length;
}
