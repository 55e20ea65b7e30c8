using System.Text;
using EventLedger.Proxy.Injection;

namespace EventLedger.Proxy.Tests.Injection;

public class AskingForUsage
{
    [Theory]
    [InlineData("""{"stream":true}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(
        """ { "model":"m", "stream" : true, "messages":[{"stream":1}] } """,
        """ { "model":"m", "stream" : true, "messages":[{"stream":1}],"stream_options":{"include_usage":true} } """)]
    [InlineData(
        """{"stream":true,"stream_options":{}}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(
        """{"stream":true,"stream_options":null}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(
        """{"stream_options":{"x":{"y":[1]}},"stream":true}""",
        """{"stream_options":{"include_usage":true,"x":{"y":[1]}},"stream":true}""")]
    [InlineData(
        """{"stream":true,"stream_options":{"include_usage":false,"x":1}}""",
        """{"stream":true,"stream_options":{"include_usage":true,"x":1}}""")]
    [InlineData(
        """{"stream":true,"stream_options":{"include_usage":[0]}}""",
        """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(
        """{"stream":false,"stream":true}""",
        """{"stream":false,"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"Str\u0065am":true}""", """{"Str\u0065am":true,"stream_options":{"include_usage":true}}""")]
    public void Usage_is_asked_for_and_every_other_byte_stays(string body, string changed)
    {
        UsageRequest.TryAsk(Encoding.UTF8.GetBytes(body), out var bytes).ShouldBe(UsageRequest.Verdict.Changed);

        Encoding.UTF8.GetString(bytes).ShouldBe(changed);
    }

    [Theory]
    [InlineData("""{"stream":false}""")]
    [InlineData("""{"model":"m"}""")]
    [InlineData("{}")]
    [InlineData("""{"stream":null}""")]
    [InlineData("""{"stream":"true"}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream":true,"stream_options":"odd"}""")]
    [InlineData("""{"x":{"stream":true}}""")]
    public void A_request_that_needs_no_asking_stays(string body) =>
        UsageRequest.TryAsk(Encoding.UTF8.GetBytes(body), out _).ShouldBe(UsageRequest.Verdict.NotNeeded);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("""{"stream":true""")]
    [InlineData("""{"stream":true}x""")]
    [InlineData("""{"stream":true,"a\ud800":1}""")]
    public void A_body_that_cannot_be_read_is_left_alone(string body) =>
        UsageRequest.TryAsk(Encoding.UTF8.GetBytes(body), out _).ShouldBe(UsageRequest.Verdict.Unreadable);

    [Fact]
    public void Nesting_past_the_readers_bound_is_left_alone() => UsageRequest
        .TryAsk(Encoding.UTF8.GetBytes($"{{\"stream\":true,\"x\":{new string('[', 10_000)}"), out _)
        .ShouldBe(UsageRequest.Verdict.Unreadable);
}
