using System.Text;
using EventLedger.Testing;
using Xunit.Abstractions;

namespace EventLedger.Nats.Tests;

/// <summary>Whatever arrives, the only failure is the protocol error, and little is allocated.</summary>
public class SurvivingGarbage(ITestOutputHelper output)
{
    private const int MessageBytesMax = 1000;

    // What one call may allocate. A frame is slices of what was received; only its refusal is an exception.
    private const long FrameAllocatedMax = 0;
    private const long RefusalAllocatedMax = 4096;

    // The runtime charges a thread for what it loads meanwhile; what a call itself allocates, it allocates each time.
    private const int MeasuresMax = 3;

    // Headers are decoded into strings: two bytes a character, and the objects around the shortest of keys.
    private const long HeadersAllocatedMaxBase = 512;
    private const long HeadersAllocatedMaxPerByte = 16;

    private static readonly byte[][] Blocks =
    [
        "NATS/1.0\r\nNats-Msg-Id: abc\r\nKey: v\r\nKEY:w\r\n\r\n"u8.ToArray(),
        "NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 5\r\nNats-Pending-Bytes: 0\r\n\r\n"u8.ToArray(),
        "NATS/1.0 409 Message Size Exceeds MaxBytes\r\n\r\n"u8.ToArray(),
        "NATS/1.0 503\r\n\r\n"u8.ToArray(),
    ];

    private static readonly byte[][] Samples =
    [
        .. ReadingFrames.Frames.Select(frame => Encoding.UTF8.GetBytes((string)frame[0])),
        Encoding.UTF8.GetBytes(
            "HMSG a.b 12 $JS.ACK.S.c.1.2.3.1700000000000000000.4 38 43\r\n"
            + "NATS/1.0\r\nNats-Msg-Id: abc\r\nKey: v\r\n\r\nhello\r\n"),
        Encoding.UTF8.GetBytes(
            "HMSG _INBOX.a.1 3 81 81\r\n"
            + "NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 5\r\nNats-Pending-Bytes: 0\r\n\r\n\r\n"),
    ];

    private static int Inputs => Rounds.AreLong ? 10_000_000 : 200_000;

    [Fact]
    public void Mutated_frames_are_read_or_refused()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var buffer = new byte[4096];
        var refused = 0;

        for (var i = 0; i < Inputs; i++)
        {
            // Exactly as large as the input, so that a read past its end is an exception.
            refused += ReadAll(buffer.AsMemory(0, Mutate(random, Samples, buffer))) ? 0 : 1;
        }

        output.WriteLine($"{Inputs} inputs, {refused} refused");
    }

    [Fact]
    public void Mutated_header_blocks_are_read_without_failure()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var buffer = new byte[4096];

        for (var i = 0; i < Inputs; i++)
        {
            var block = buffer.AsMemory(0, Mutate(random, Blocks, buffer));
            Require(ReadHeaders(block) <= block.Length, "more headers than bytes");
            RequireAllocated(
                () => ReadHeaders(block), atMost: HeadersAllocatedMaxBase + HeadersAllocatedMaxPerByte * block.Length);
        }
    }

    [Fact]
    public void Headers_of_any_text_are_refused_or_come_back_as_they_were()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var refused = 0;

        for (var i = 0; i < Inputs; i++)
        {
            var key = Text(random, lengthMax: 12);
            var value = Text(random, lengthMax: 40);
            refused += ReadBack(key, value) ? 0 : 1;
            RequireAllocated(() => ReadBack(key, value), atMost: RefusalAllocatedMax);
        }

        output.WriteLine($"{Inputs} headers, {refused} refused");
    }

    private static bool ReadBack(string key, string value)
    {
        try
        {
            var headers = HeaderBlock.Of((key, value), ("next", "one"));
            Require(headers[key] == value && headers["next"] == "one", "the headers are others now");
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // Mostly what a header may have, with what would break it in between.
    private static string Text(Random random, int lengthMax) => string.Create(
        random.Next(lengthMax + 1),
        random,
        static (text, random) =>
        {
            foreach (ref var character in text)
            {
                character = random.Next(40) == 0 ? "\r\n:\0 \u00e4\ud800"[random.Next(7)] : (char)random.Next('!', '~');
            }
        });

    private static int ReadHeaders(ReadOnlyMemory<byte> block)
    {
        var headers = HeaderBlock.Received(block);
        Require(PullStatus.Read(headers).Unserved >= 0, "less than none unserved");
        return headers.Count();
    }

    private static bool ReadAll(ReadOnlyMemory<byte> input)
    {
        while (!input.IsEmpty)
        {
            var isRead = TryReadOne(input.Span, out var consumed);
            RequireAllocated(
                () => TryReadOne(input.Span, out _), atMost: isRead ? FrameAllocatedMax : RefusalAllocatedMax);

            if (consumed == 0)
            {
                return isRead;
            }

            input = input[consumed..];
        }

        return true;
    }

    private static bool TryReadOne(ReadOnlySpan<byte> input, out int consumed)
    {
        try
        {
            consumed = ReadOne(input);
            return true;
        }
        catch (NatsProtocolException)
        {
            consumed = 0;
            return false;
        }
    }

    private static int ReadOne(ReadOnlySpan<byte> input)
    {
        var consumed = FrameParser.Read(input, MessageBytesMax, out var frame, out var wanted);
        _ = AckToken.TryParse(frame.ReplyTo, out _);
        Require(consumed <= input.Length, "more was consumed than there is");
        Require(frame.Headers.Length + frame.Body.Length <= consumed, "more is in the frame than was consumed");
        Require(wanted <= FrameParser.LineBytesMax + MessageBytesMax + 2, "more is wanted than a frame may have");
        return consumed;
    }

    private static void RequireAllocated<T>(Func<T> read, long atMost)
    {
        var least = long.MaxValue;

        for (var measure = 0; measure < MeasuresMax && least > atMost; measure++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            read();
            least = long.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Require(least <= atMost, $"{least} bytes were allocated, {atMost} may be");
    }

    // An assertion of the usual kind allocates, and would be measured.
    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    // A few samples in a row, some bytes of them changed, dropped or doubled.
    private static int Mutate(Random random, byte[][] samples, byte[] target)
    {
        var length = 0;

        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var sample = samples[random.Next(samples.Length)];
            sample.CopyTo(target, length);
            length += sample.Length;
        }

        for (var changes = random.Next(4); changes > 0 && length > 1; changes--)
        {
            var at = random.Next(length);

            switch (random.Next(4))
            {
                case 0:
                    target[at] = (byte)random.Next(256);
                    break;
                case 1:
                    target[at] = (byte)"0123456789 \r\n.:-"[random.Next(16)];
                    break;
                case 2:
                    target.AsSpan(at + 1, length - at - 1).CopyTo(target.AsSpan(at));
                    length--;
                    break;
                default:
                    target.AsSpan(at, length - at).CopyTo(target.AsSpan(at + 1));
                    length++;
                    break;
            }
        }

        return length;
    }
}
