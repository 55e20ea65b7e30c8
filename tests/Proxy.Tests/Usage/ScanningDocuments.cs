using System.Text;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Pricing;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Tests.Usage;

public class ScanningDocuments
{
    private const string Chat = """
        {"id":"c-1","object":"chat.completion","model":"qwen3-coder","choices":[{"message":{"role":"assistant",
         "content":"He said: \"usage\": {\"total_tokens\": 999} \\","usage":{"total_tokens":998},
         "tool_calls":[{"function":{"arguments":"{\"usage\":{\"total_tokens\":997}}"}}]}}],
         "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,
          "prompt_tokens_details":{"cached_tokens":3,"audio_tokens":0},
          "completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":0,"cached_tokens":77}},"fingerprint":null}
        """;

    private static readonly TokenCounts ChatTokens = new(15, Prompt: 10, Completion: 5, Cached: 3, Reasoning: 2);

    [Fact]
    public void Usage_and_model_are_found_and_nothing_inside_the_content_is()
    {
        var scanner = Pieces.Whole(new JsonUsageScanner(), Chat);

        Pieces.Found(scanner).ShouldBe(ChatTokens);
        scanner.Model.ShouldBe("qwen3-coder");
        scanner.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public void A_split_at_any_byte_changes_nothing()
    {
        for (var at = 0; at <= Encoding.UTF8.GetByteCount(Chat); at++)
        {
            var scanner = Pieces.Split(new JsonUsageScanner(), Chat, at);

            Pieces.Found(scanner).ShouldBe(ChatTokens, $"split at {at}");
            scanner.Model.ShouldBe("qwen3-coder");
            scanner.IsComplete.ShouldBeTrue();
        }
    }

    [Fact]
    public void A_document_cut_at_any_byte_is_not_complete()
    {
        for (var at = 0; at < Chat.Length; at++)
        {
            Pieces.Whole(new JsonUsageScanner(), Chat[..at]).IsComplete.ShouldBeFalse($"cut at {at}");
        }
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":7,"total_tokens":7},"data":[{"embedding":[0.1,-2e3]}]}""", 7)]
    [InlineData("""{"results":[],"meta":{"tokens":{"input_tokens":4,"output_tokens":1}}}""", 5)]
    [InlineData("""{"results":[],"meta":{"usage":{"total_tokens":6}}}""", 6)]
    [InlineData("""{"results":[],"meta":{"prompt_tokens":6,"total_tokens":6}}""", 6)]
    [InlineData("""{"usage":{"prompt_tokens":7,"completion_tokens":8}}""", 15)]
    [InlineData("""{"usage":{"input_tokens":20,"output_tokens":4,"total_tokens":24}}""", 24)]
    [InlineData("""{"usage":{"input_tokens":2,"cache_creation_input_tokens":9,"cache_read_input_tokens":5}}""", 16)]
    [InlineData("""{"usage":{"type":"tokens","input_tokens":14,"output_tokens":45,"total_tokens":59}}""", 59)]
    [InlineData("""{"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}""", 0)]
    [InlineData("""{"usage":{"total_tokens":null,"prompt_tokens":3}}""", 3)]
    [InlineData("""{"usage":{"total_tokens":15.0}}""", 15)]
    [InlineData("""{"usage":{"total_tokens":2e3}}""", 2000)]
    [InlineData("""{"usage":{"total_tokens":9223372036854775807}}""", long.MaxValue)]
    [InlineData("""{"us\u0061ge":{"total\u005ftokens":15}}""", 15)]
    [InlineData("""{"usage":{"total_tokens":1},"usage":{"total_tokens":2}}""", 2)]
    [InlineData(""" { "usage" : { "total_tokens" : 15 } } """, 15)]
    [InlineData("\uFEFF{\"usage\":{\"total_tokens\":15}}", 15)]
    public void Each_shape_has_its_total(string json, long total)
    {
        Pieces.Found(Pieces.Whole(new JsonUsageScanner(), json)).ShouldBeOfType<TokenCounts>().Total.ShouldBe(total);
        Pieces.Found(Pieces.Bytes(new JsonUsageScanner(), json)).ShouldBeOfType<TokenCounts>().Total.ShouldBe(total);
    }

    [Theory]
    [InlineData("""{"usage":{"total_tokens":9223372036854775808}}""", nameof(UnmeteredReason.Overflow))]
    [InlineData("""{"usage":{"total_tokens":999999999999999999999999999999999}}""", nameof(UnmeteredReason.Overflow))]
    [InlineData(
        """{"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1}}""",
        nameof(UnmeteredReason.Overflow))]
    [InlineData("""{"usage":{"total_tokens":-1}}""", nameof(UnmeteredReason.MalformedUsage))]
    [InlineData("""{"usage":{"total_tokens":1.5}}""", nameof(UnmeteredReason.MalformedUsage))]
    [InlineData("""{"usage":{"total_tokens":"15"}}""", nameof(UnmeteredReason.MalformedUsage))]
    [InlineData("""{"usage":{"total_tokens":[15]}}""", nameof(UnmeteredReason.MalformedUsage))]
    [InlineData("""{"usage":{"total_tokens":{"n":15}}}""", nameof(UnmeteredReason.MalformedUsage))]
    [InlineData("""{"usage":{"total_tokens":true}}""", nameof(UnmeteredReason.MalformedUsage))]
    [InlineData("""{"usage":null}""", nameof(UnmeteredReason.NoUsage))]
    [InlineData("""{"usage":15}""", nameof(UnmeteredReason.NoUsage))]
    [InlineData("""{"usage":[{"total_tokens":15}]}""", nameof(UnmeteredReason.NoUsage))]
    [InlineData("""{"usage":{"type":"duration","seconds":12}}""", nameof(UnmeteredReason.NoUsage))]
    [InlineData("""{"data":{"usage":{"total_tokens":15}}}""", nameof(UnmeteredReason.NoUsage))]
    [InlineData("""[{"usage":{"total_tokens":15}}]""", nameof(UnmeteredReason.NoUsage))]
    [InlineData("\"usage\"", nameof(UnmeteredReason.NoUsage))]
    [InlineData("}{]", nameof(UnmeteredReason.NoUsage))]
    [InlineData("", nameof(UnmeteredReason.NoUsage))]
    public void What_cannot_be_counted_is_never_a_wrong_count(string json, string reason)
    {
        Pieces.Found(Pieces.Whole(new JsonUsageScanner(), json)).ToString().ShouldBe(reason);
        Pieces.Found(Pieces.Bytes(new JsonUsageScanner(), json)).ToString().ShouldBe(reason);
    }

    [Fact]
    public void Nesting_of_any_depth_is_skipped()
    {
        var deep = new string('[', 10_000) + "{\"usage\":{\"total_tokens\":1}}" + new string(']', 10_000);
        var json = $$$"""{"x":{{{deep}}},"y":{{{Nested(10_000)}}},"usage":{"total_tokens":15}}""";

        Pieces.Found(Pieces.Whole(new JsonUsageScanner(), json)).ShouldBe(new TokenCounts(15));
    }

    [Fact]
    public void Tokens_longer_than_the_bound_are_skipped()
    {
        var digits = new string('0', JsonUsageScanner.TokenBytesMax - 2) + "15";

        Pieces.Found(Pieces.Whole(new JsonUsageScanner(), $$$"""{"usage":{"total_tokens":{{{digits}}}}}"""))
            .ShouldBe(new TokenCounts(15));
        Pieces.Found(Pieces.Whole(new JsonUsageScanner(), $$$"""{"usage":{"total_tokens":0{{{digits}}}}}"""))
            .ShouldBe(UnmeteredReason.MalformedUsage);
        Pieces.Found(Pieces.Whole(
            new JsonUsageScanner(), $$$"""{"{{{digits}}}usage":1,"usage":{"total_tokens":15}}"""))
            .ShouldBe(new TokenCounts(15));
    }

    [Fact]
    public void A_model_that_no_envelope_can_hold_is_none()
    {
        var model = new string('m', EnvelopeReader.NameLengthMax);

        Pieces.Whole(new JsonUsageScanner(), $$"""{"model":"{{model}}"}""").Model.ShouldBe(model);
        Pieces.Whole(new JsonUsageScanner(), $$"""{"model":"{{model}}m"}""").Model.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"model":"qwen\u002d3 \u00fc"}""", "qwen-3 ü")]
    [InlineData("""{"model":"a\ud800b"}""", null)]
    [InlineData("""{"model":"a\u0000b"}""", null)]
    [InlineData("""{"model":7}""", null)]
    [InlineData("""{"choices":[{"model":"x"}]}""", null)]
    public void The_model_is_text_or_nothing(string json, string? model) =>
        Pieces.Bytes(new JsonUsageScanner(), json).Model.ShouldBe(model);

    [Fact]
    public void Any_bytes_are_survived()
    {
        var random = new Random(7);
        var alphabet = "{}[]\",:\\ \nu019.-tfn\u00ff"u8.ToArray();

        for (var round = 0; round < 2000; round++)
        {
            var bytes = random.GetItems(alphabet, random.Next(1, 200));
            new JsonUsageScanner().Scan(bytes);
            new SseUsageScanner().Scan(bytes);
        }
    }

    private static string Nested(int depth) =>
        new StringBuilder().Insert(0, "{\"a\":", depth).Append('1').Append('}', depth).ToString();
}
