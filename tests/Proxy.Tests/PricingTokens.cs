using System.Globalization;
using System.Text;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Pricing;
using EventLedger.Proxy.Pricing;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class PricingTokens
{
    private const string Book = """
        {"version":"2026-11","prices":[
          {"model":"qwen3-*","per":"token","prompt":100,"completion":300},
          {"model":"qwen3-*","from":"2026-11-15","per":"token",
           "prompt":200,"cached":20,"completion":600,"reasoning":700},
          {"model":"*","per":"million","prompt":1,"completion":2}]}
        """;

    private static readonly TokenCounts Tokens = new(15, Prompt: 10, Completion: 5, Cached: 4, Reasoning: 2);

    [Theory]
    [InlineData("Qwen3-Coder", "2026-11-15", (6 * 200) + (4 * 20) + (3 * 600) + (2 * 700))]
    [InlineData(" qwen3-coder ", "2026-11-14T23:59:59Z", (10 * 100) + (5 * 300))]
    [InlineData("other", "2026-11-21", 0)]
    [InlineData(null, "2026-11-21", 0)]
    public void The_first_pattern_decides_and_of_it_the_latest_begun(string? model, string at, long charge) =>
        Charge(model, Tokens, at).ShouldBe(-charge);

    [Theory]
    [InlineData(499_999, 0)]
    [InlineData(500_000, 1)]
    [InlineData(1_499_999, 1)]
    [InlineData(1_500_000, 2)]
    public void A_price_for_a_million_is_rounded_once(long tokens, long charge) =>
        Charge("other", new(tokens, Prompt: tokens), "2026-11-21").ShouldBe(-charge);

    [Fact]
    public void Tokens_of_no_kind_are_priced_as_prompt_and_a_part_is_never_more_than_its_whole()
    {
        Charge("qwen3-x", new(10), "2026-11-21").ShouldBe(-10 * 200);
        Charge("qwen3-x", new(10, Prompt: 4, Cached: 9, Completion: 20, Reasoning: 30), "2026-11-21")
            .ShouldBe(-(4 * 20) - (6 * 700));
    }

    [Theory]
    [InlineData(long.MaxValue / 156, true)]
    [InlineData((long.MaxValue / 156) + 1, false)]
    [InlineData(long.MaxValue, false)]
    public void A_charge_outside_64_bits_is_no_charge(long tokens, bool fits) =>
        Rating.TryRate(new(tokens), Price.PerToken(156), out _).ShouldBe(fits);

    [Theory]
    [InlineData("{", "line 1, column 2: no JSON")]
    [InlineData("[]", "line 1, column 1: an object with version and prices is expected")]
    [InlineData("{\"version\":\"1\",\n \"price\":[]}", "line 2, column 2: price is no field of a price book")]
    [InlineData(
        "{\"version\":\"1\",\"prices\":[\n{\"model\":\"m\",\"per\":\"day\"}]}",
        "line 2, column 20: token or million is expected")]
    [InlineData("{\"prices\":[\n{\"prompt\":1.5}]}", "line 2, column 11: a whole number of micro-OMR is expected")]
    [InlineData("{\"prices\":[\n{\"prompt\":-1}]}", "line 2, column 11: a whole number of micro-OMR is expected")]
    [InlineData("{\"prices\":[{\"from\":\"soon\"}]}", "line 1, column 20: a time such as")]
    [InlineData("{\"prices\":[{\"from\":\"01/11/2026\"}]}", "line 1, column 20: a time such as")]
    [InlineData(
        "{\"prices\":[{\"model\":\"m\"}]}",
        "line 1, column 24: a price needs model, per, prompt and completion")]
    [InlineData("{\"version\":\"1\"}", "line 1, column 15: version or prices are missing")]
    [InlineData("{\"version\":\"\"}", "line 1, column 12: a version of 1 to 512 characters is expected")]
    [InlineData("{\"version\":\"a\\u0000\"}", "line 1, column 12: a version of 1 to 512 characters is expected")]
    [InlineData("{\"version\":\"\\ud800\"}", "line 1, column 12: text that is no UTF-8")]
    public void A_bad_book_is_refused_with_its_place(string book, string problem) =>
        Should.Throw<PriceBookException>(() => PriceBookReader.Read(Encoding.UTF8.GetBytes(book)))
            .Message.ShouldStartWith(problem);

    [Fact]
    public void A_book_in_another_encoding_is_refused_with_its_place() =>
        Should.Throw<PriceBookException>(() => PriceBookReader.Read(
            Encoding.Latin1.GetBytes("{\"version\":\"1\",\n\"prices\":[{\"model\":\"mod\u00e8le\"}]}")))
            .Message.ShouldBe("line 2, column 20: text that is no UTF-8");

    [Theory]
    [InlineData(EnvelopeReader.NameLengthMax, true)]
    [InlineData(EnvelopeReader.NameLengthMax + 1, false)]
    public void A_version_is_as_long_as_an_envelope_can_hold(int length, bool isTaken)
    {
        var book = Encoding.UTF8.GetBytes(Edition(new string('v', length), 1));

        (Record.Exception(() => PriceBookReader.Read(book)) is null).ShouldBe(isTaken);
    }

    [Fact]
    public async Task A_changed_book_is_read_again_and_a_bad_one_leaves_the_old_in_use()
    {
        var path = Path.Combine(TestFolder.Make("prices"), "book.json");
        await File.WriteAllTextAsync(path, Edition("one", 1));
        await using var upstream = Upstream.StartJson("""{"usage":{"total_tokens":15}}""");
        await using var proxy = await TestProxy.StartAsync(upstream, ("PRICE_BOOK", path));

        await Client.SendOnceAsync(proxy.Port, "/v1/embeddings");
        await File.WriteAllTextAsync(path, Edition("two, longer", 2));
        await Eventually.HoldsAsync(() => proxy.Part<Prices>().Version == "two, longer");
        await File.WriteAllTextAsync(path, "{");
        await Client.SendOnceAsync(proxy.Port, "/v1/embeddings");

        proxy.Envelopes().Select(envelope => (envelope.PriceBook, envelope.AmountMicroOmr))
            .ShouldBe([("one", -15), ("two, longer", -30)]);
    }

    [Fact]
    public async Task A_bad_book_stops_the_start()
    {
        var path = Path.Combine(TestFolder.Make("prices"), "book.json");
        await File.WriteAllTextAsync(path, "{}");
        await using var upstream = Upstream.StartJson("{}");

        (await Should.ThrowAsync<SettingException>(TestProxy.StartAsync(upstream, ("PRICE_BOOK", path))))
            .Message.ShouldContain("line 1, column 2");
    }

    private static string Edition(string version, long price) =>
        $$"""
        {"version":"{{version}}",
         "prices":[{"model":"*","per":"token","prompt":{{price}},"completion":{{price}}}]}
        """;

    private static long Charge(string? model, TokenCounts tokens, string at)
    {
        var book = PriceBookReader.Read(Encoding.UTF8.GetBytes(Book));
        var price = book.Find(model, DateTimeOffset.Parse(at, null, DateTimeStyles.AssumeUniversal));

        Rating.TryRate(tokens, price.ShouldNotBeNull(), out var amount).ShouldBeTrue();
        return amount;
    }
}
