using System.Text;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Tests.Usage;

/// <summary>What may matter in a stream is found wherever it stands.</summary>
public class GlancingAtEvents
{
    private const int Seed = 20261123;
    private const int Texts = 20_000;
    private const int LengthMax = 160;

    private static readonly string[] Hints = ["_tokens", "_stop", "[DONE]", "\\u00"];
    private static readonly string[] Parts =
        [.. Hints, "_t", "_s", "[D", "\\u", "_token", "[DONE", "_", "[", "\\", "x"];

    [Fact]
    public void The_first_of_all_hints_is_found()
    {
        var random = new Random(Seed);

        for (var n = 0; n < Texts; n++)
        {
            var text = TextOf(random);

            FirstThatMayMatter(text).ShouldBe(FirstIn(text), text);
        }
    }

    [Theory]
    [InlineData("_tokens")]
    [InlineData("_stop")]
    [InlineData("[DONE]")]
    [InlineData("\\u00")]
    public void It_is_found_at_every_place(string hint)
    {
        for (var at = 0; at < LengthMax; at++)
        {
            var text = new string('x', at) + hint + new string('x', LengthMax - at);

            FirstThatMayMatter(text).ShouldBe(at);
            FirstThatMayMatter(text[..(at + hint.Length)]).ShouldBe(at);
        }
    }

    private static int FirstThatMayMatter(string text) =>
        EventHints.FirstThatMayMatter(Encoding.ASCII.GetBytes(text));

    private static string TextOf(Random random)
    {
        var text = new StringBuilder();
        var length = random.Next(LengthMax);
        var isQuiet = random.Next(2) == 0;

        while (text.Length < length)
        {
            text.Append(isQuiet && random.Next(40) > 0 ? "x" : Parts[random.Next(Parts.Length)]);
        }

        return text.ToString();
    }

    private static int FirstIn(string text) => Hints
        .Select(hint => text.IndexOf(hint, StringComparison.Ordinal))
        .Where(at => at >= 0)
        .DefaultIfEmpty(text.Length)
        .Min();
}
