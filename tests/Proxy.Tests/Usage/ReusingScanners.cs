using EventLedger.Contracts.Pricing;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Tests.Usage;

public class ReusingScanners
{
    private const string Next = """{"model":"n","usage":{"total_tokens":7}}""";

    private const string Before = """
        {"model":"m","type":"x","a":[{"b":{"usage":{"total_tokens":15,"prompt_tokens":"10"}}}],
        "usage":{"total_tokens":1.5}}
        """;

    private const string StreamBefore = "data: " + """{"model":"m","usage":{"prompt_tokens":12,"total_tokens":15}}"""
        + "\r\n\r\n: c\n\ndata: [DONE]\n\n";

    [Fact]
    public void A_document_scanner_that_starts_anew_knows_nothing_of_what_it_read_wherever_that_stopped()
    {
        for (var length = 0; length <= Before.Length; length++)
        {
            var scanner = Pieces.Whole(new JsonUsageScanner(), Before[..length]);
            scanner.Reset();

            ShouldBeNew(scanner);
            Pieces.Found(Pieces.Whole(scanner, Next)).ShouldBe(new TokenCounts(7), $"after {length} bytes");
            scanner.Model.ShouldBe("n");
        }
    }

    [Fact]
    public void A_stream_scanner_that_starts_anew_knows_nothing_of_what_it_read_wherever_that_stopped()
    {
        for (var length = 0; length <= StreamBefore.Length; length++)
        {
            var scanner = Pieces.Whole(new SseUsageScanner(), StreamBefore[..length]);
            scanner.Reset();

            ShouldBeNew(scanner);
            Pieces.Found(Pieces.Whole(scanner, $"data: {Next}\n\n")).ShouldBe(
                new TokenCounts(7), $"after {length} bytes");
            scanner.Model.ShouldBe("n");
        }
    }

    [Theory]
    [InlineData("a\\\\u0041", "a\\u0041")]
    [InlineData("a\\u0041", "aA")]
    public void A_model_is_told_from_another_whose_text_looks_like_its_escapes(string escaped, string model)
    {
        var scanner = Pieces.Whole(new JsonUsageScanner(), """{"model":"a\\u0041"}""");
        scanner.Reset();

        Pieces.Whole(scanner, $$"""{"model":"{{escaped}}"}""").Model.ShouldBe(model);
    }

    private static void ShouldBeNew(IUsageScanner scanner)
    {
        scanner.Model.ShouldBeNull();
        scanner.IsComplete.ShouldBeFalse();
        Pieces.Found(scanner).ShouldBe(UnmeteredReason.NoUsage);
    }
}
