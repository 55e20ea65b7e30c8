using System.Buffers.Text;

namespace EventLedger.Nats;

/// <summary>
/// Reads frames from bytes. Pure: it keeps nothing between calls, so bytes may arrive cut anywhere. A violation is a
/// <see cref="NatsProtocolException"/>, after which the connection is of no use: nobody knows where a frame begins.
/// </summary>
internal static class FrameParser
{
    /// <summary>The longest line that is waited for. A large cluster's INFO is the longest that exists.</summary>
    public const int LineBytesMax = 64 * 1024;

    private const int LengthDigitsMax = 9;
    private const int SubscriptionDigitsMax = 18;

    /// <summary>Reads the frame at the start of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">What has arrived and is not consumed yet.</param>
    /// <param name="messageBytesMax">The largest message, headers included.</param>
    /// <param name="frame">The frame, where it is whole.</param>
    /// <param name="wanted">How many bytes must be there before it is worth trying again.</param>
    /// <returns>The frame's length in bytes, or 0 while it is not whole.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, int messageBytesMax, out Frame frame, out int wanted)
    {
        frame = default;
        wanted = bytes.Length + 1;

        var lineEnd = bytes[..int.Min(bytes.Length, LineBytesMax)].IndexOf((byte)'\n');

        if (lineEnd < 0)
        {
            return bytes.Length < LineBytesMax ? 0 : throw Violation($"a line of more than {LineBytesMax} bytes");
        }

        if (lineEnd == 0 || bytes[lineEnd - 1] != '\r')
        {
            throw Violation("a line that doesn't end in CR LF");
        }

        var line = bytes[..(lineEnd - 1)];
        var lineLength = lineEnd + 1;

        return line switch
        {
            [(byte)'M', (byte)'S', (byte)'G', (byte)' ', .. var arguments] =>
                ReadMessage(bytes, lineLength, arguments, hasHeaders: false, messageBytesMax, out frame, out wanted),
            [(byte)'H', (byte)'M', (byte)'S', (byte)'G', (byte)' ', .. var arguments] =>
                ReadMessage(bytes, lineLength, arguments, hasHeaders: true, messageBytesMax, out frame, out wanted),
            _ => ReadLine(line, lineLength, out frame),
        };
    }

    private static int ReadLine(ReadOnlySpan<byte> line, int lineLength, out Frame frame)
    {
        if (line.SequenceEqual("PING"u8))
        {
            frame = new Frame { Kind = FrameKind.Ping };
        }
        else if (line.SequenceEqual("PONG"u8))
        {
            frame = new Frame { Kind = FrameKind.Pong };
        }
        else if (line.SequenceEqual("+OK"u8))
        {
            frame = new Frame { Kind = FrameKind.Ok };
        }
        else if (line.StartsWith("INFO "u8))
        {
            frame = new Frame { Kind = FrameKind.Info, Body = line[5..] };
        }
        else if (line.StartsWith("-ERR"u8))
        {
            frame = new Frame { Kind = FrameKind.Error, Body = line[4..].Trim(" '"u8) };
        }
        else
        {
            throw Violation("a line that is none of its operations");
        }

        return lineLength;
    }

    private static int ReadMessage(
        ReadOnlySpan<byte> bytes,
        int lineLength,
        ReadOnlySpan<byte> arguments,
        bool hasHeaders,
        int messageBytesMax,
        out Frame frame,
        out int wanted)
    {
        var subject = NextWord(ref arguments);
        var subscription = Number(NextWord(ref arguments), SubscriptionDigitsMax);

        // The reply subject is optional, so the count of the words that are left tells whether it is there.
        var third = NextWord(ref arguments);
        var replyTo = arguments.IsEmpty || (hasHeaders && arguments.IndexOf((byte)' ') < 0) ? [] : third;
        var first = replyTo.IsEmpty ? third : NextWord(ref arguments);

        var headersLength = hasHeaders ? (int)Number(first, LengthDigitsMax) : 0;
        var length = (int)Number(hasHeaders ? NextWord(ref arguments) : first, LengthDigitsMax);

        if (subject.IsEmpty || !arguments.IsEmpty || headersLength > length || length > messageBytesMax)
        {
            throw Violation("a message with impossible lengths, or one that is too large");
        }

        frame = default;
        wanted = lineLength + length + 2;

        if (bytes.Length < wanted)
        {
            return 0;
        }

        var payload = bytes.Slice(lineLength, length);

        if (bytes[wanted - 2] != '\r' || bytes[wanted - 1] != '\n')
        {
            throw Violation("a message that doesn't end where it said");
        }

        frame = new Frame
        {
            Kind = FrameKind.Message,
            SubscriptionId = subscription,
            Subject = subject,
            ReplyTo = replyTo,
            Headers = payload[..headersLength],
            Body = payload[headersLength..],
        };
        return wanted;
    }

    private static ReadOnlySpan<byte> NextWord(scoped ref ReadOnlySpan<byte> words)
    {
        // A message without a reply subject has two spaces in its place.
        var end = words.IndexOf((byte)' ');
        var word = end < 0 ? words : words[..end];
        words = end < 0 ? [] : words[end..].TrimStart((byte)' ');
        return word;
    }

    private static long Number(ReadOnlySpan<byte> digits, int digitsMax) =>
        digits.Length >= 1
        && digits.Length <= digitsMax
        && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
        && Utf8Parser.TryParse(digits, out long number, out _)
            ? number
            : throw Violation("a message without a proper number");

    private static NatsProtocolException Violation(string what) => new($"The server sent {what}.");
}
