using System.Text;
using EventLedger.Testing;
using Xunit.Abstractions;

namespace EventLedger.Nats.Tests;

/// <summary>Whatever arrives, the only failure is the protocol error, and little is allocated.</summary>
public class SurvivingGarbage(ITestOutputHelper output)
{
    private const int MessageBytesMax = 1000;

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
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < Inputs; i++)
        {
            // Exactly as large as the input, so that a read past its end is an exception.
            var input = buffer.AsSpan(0, Mutate(random, buffer));
            refused += ReadAll(input) ? 0 : 1;
        }

        var perInput = (GC.GetAllocatedBytesForCurrentThread() - before) / Inputs;
        output.WriteLine($"{Inputs} inputs, {refused} refused, {perInput} bytes allocated for each");
        perInput.ShouldBeLessThan(4096);
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
            var headers = HeaderBlock.Received(buffer.AsMemory(0, Mutate(random, buffer)));
            var status = PullStatus.Read(headers);
            status.Unserved.ShouldBeGreaterThanOrEqualTo(0);
            headers.Count().ShouldBeLessThan(buffer.Length);
        }
    }

    private static bool ReadAll(ReadOnlySpan<byte> input)
    {
        try
        {
            while (FrameParser.Read(input, MessageBytesMax, out var frame, out var wanted) is > 0 and var consumed)
            {
                consumed.ShouldBeLessThanOrEqualTo(input.Length);
                (frame.Headers.Length + frame.Body.Length).ShouldBeLessThanOrEqualTo(consumed);
                _ = AckToken.TryParse(frame.ReplyTo, out _);
                wanted.ShouldBeLessThanOrEqualTo(FrameParser.LineBytesMax + MessageBytesMax + 2);
                input = input[consumed..];
            }

            return true;
        }
        catch (NatsProtocolException)
        {
            return false;
        }
    }

    // A few samples in a row, some bytes of them changed, dropped or doubled.
    private static int Mutate(Random random, byte[] target)
    {
        var length = 0;

        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var sample = Samples[random.Next(Samples.Length)];
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
