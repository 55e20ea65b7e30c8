using System.Text;

namespace EventLedger.Nats.Tests;

public class ReadingFrames
{
    private const int MessageBytesMax = 1_000_000;

    public static TheoryData<string, string> Frames => new()
    {
        { "PING\r\n", "Ping" },
        { "PONG\r\n", "Pong" },
        { "+OK\r\n", "Ok" },
        { "-ERR 'Stale Connection'\r\n", "Error body=Stale Connection" },
        { "INFO {\"server_id\":\"X\"} \r\n", "Info body={\"server_id\":\"X\"} " },
        { "MSG a.b 7 5\r\nhello\r\n", "Message 7 a.b body=hello" },
        { "MSG a.b 7  5\r\nhello\r\n", "Message 7 a.b body=hello" },
        { "MSG a.b 7 re.ply 5\r\nhello\r\n", "Message 7 a.b reply=re.ply body=hello" },
        { "MSG a.b 7 0\r\n\r\n", "Message 7 a.b body=" },
        { "MSG a 1 4\r\n\r\n\r\n\r\n", "Message 1 a body=\r\n\r\n" },
        { "HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", "Message 1 a headers=NATS/1.0\r\n\r\n body=hi" },
        { "HMSG a 1  12 14\r\nNATS/1.0\r\n\r\nhi\r\n", "Message 1 a headers=NATS/1.0\r\n\r\n body=hi" },
        { "HMSG a 1 r 12 12\r\nNATS/1.0\r\n\r\n\r\n", "Message 1 a reply=r headers=NATS/1.0\r\n\r\n body=" },
    };

    [Theory, MemberData(nameof(Frames))]
    public void Case_3_a_frame_is_read_whole_and_only_when_it_is_whole(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);

        for (var length = 0; length < bytes.Length; length++)
        {
            FrameParser.Read(bytes.AsSpan(0, length), MessageBytesMax, out _, out var wanted).ShouldBe(0);
            wanted.ShouldBeInRange(length + 1, bytes.Length);
        }

        FrameParser.Read([.. bytes, .. "PING\r\n"u8], MessageBytesMax, out var frame, out _).ShouldBe(bytes.Length);
        Describe(frame).ShouldBe(expected);
    }

    [Theory]
    [InlineData("MSG a 1 -5\r\nhello\r\n")]
    [InlineData("MSG a 1 99999999999\r\n")]
    [InlineData("MSG a 1 1000001\r\n")]
    [InlineData("MSG a 1 5\r\nhello!\r\n")]
    [InlineData("MSG a x 5\r\nhello\r\n")]
    [InlineData("MSG a\r\n")]
    [InlineData("MSG a b c d 5\r\nhello\r\n")]
    [InlineData("HMSG a 1 14 12\r\nNATS/1.0\r\n\r\n\r\n")]
    [InlineData("PING\n")]
    [InlineData("\r\n")]
    [InlineData("HELLO\r\n")]
    public void Case_6_what_is_no_frame_is_a_violation(string text) =>
        Should.Throw<NatsProtocolException>(
            () => { FrameParser.Read(Encoding.UTF8.GetBytes(text), MessageBytesMax, out _, out _); });

    [Fact]
    public void Case_6_a_line_without_an_end_is_a_violation() =>
        Should.Throw<NatsProtocolException>(
            () => { FrameParser.Read(new byte[FrameParser.LineBytesMax], MessageBytesMax, out _, out _); });

    private static string Describe(in Frame frame)
    {
        var text = new StringBuilder(frame.Kind.ToString());

        if (frame.Kind == FrameKind.Message)
        {
            text.Append($" {frame.SubscriptionId} {Encoding.UTF8.GetString(frame.Subject)}");
            text.Append(frame.ReplyTo.IsEmpty ? "" : $" reply={Encoding.UTF8.GetString(frame.ReplyTo)}");
            text.Append(frame.Headers.IsEmpty ? "" : $" headers={Encoding.UTF8.GetString(frame.Headers)}");
        }

        var hasBody = frame.Kind is FrameKind.Message or FrameKind.Info or FrameKind.Error;
        return text.Append(hasBody ? $" body={Encoding.UTF8.GetString(frame.Body)}" : "").ToString();
    }
}
