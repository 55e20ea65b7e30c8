using System.Text;

namespace EventLedger.Nats.Tests;

public class ReadingHeaders
{
    [Fact]
    public void Case_8_keys_repeat_and_keep_their_case()
    {
        var headers = Received("NATS/1.0\r\nKey: one\r\nKEY: two\r\nKey:three\r\nno colon\r\n\r\n");

        headers.Select(header => $"{header.Key}={header.Value}").ShouldBe(["Key=one", "KEY=two", "Key=three"]);
        headers["KEY"].ShouldBe("two");
        headers["key"].ShouldBeNull();
    }

    [Theory]
    [InlineData("a\rb")]
    [InlineData("a\nb")]
    [InlineData("ä")]
    [InlineData(" a")]
    [InlineData("a ")]
    public void Case_9_a_value_that_would_break_the_block_is_refused(string value) =>
        Should.Throw<ArgumentException>(() => HeaderBlock.Of(("key", value)));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("a\r\nb")]
    [InlineData("ä")]
    public void Case_9_a_key_that_would_break_the_block_is_refused(string key) =>
        Should.Throw<ArgumentException>(() => HeaderBlock.Of((key, "value")));

    [Theory]
    [InlineData("NATS/1.0 503\r\n\r\n", 503, "")]
    [InlineData("NATS/1.0 503\r\nNats-Subject: a.b\r\n\r\n", 503, "")]
    [InlineData("NATS/1.0 409 Message Size Exceeds MaxBytes\r\n\r\n", 409, "Message Size Exceeds MaxBytes")]
    [InlineData("NATS/1.0\r\nStatus: 503\r\n\r\n", 0, "")]
    [InlineData("NATS/1.0 x\r\n\r\n", 0, "")]
    public void Case_7_a_status_is_only_what_the_first_line_says(string block, int code, string text)
    {
        Received(block).StatusCode.ShouldBe(code);
        Received(block).StatusText.ShouldBe(text);
    }

    private static HeaderBlock Received(string block) => HeaderBlock.Received(Encoding.UTF8.GetBytes(block));
}
