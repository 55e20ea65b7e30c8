using System.Buffers;
using System.Text.Json;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Contracts.Tests;

public class WritingEnvelopes
{
    [Fact]
    public void Every_character_of_a_text_is_written_so_that_it_is_read_back()
    {
        for (var each = 0; each <= char.MaxValue; each++)
        {
            if (!char.IsSurrogate((char)each))
            {
                ShouldBeReadBack($"a{(char)each}b");
            }
        }

        ShouldBeReadBack("\U0001F600");
        ShouldBeReadBack("");
        ShouldBeReadBack(new string('"', 100_000));
    }

    [Fact]
    public void Half_a_character_is_written_as_one_that_stands_for_none() =>
        ModelIn(Written(WithModel("a\uD83D"))).ShouldBe("a\uFFFD");

    [Theory]
    [InlineData(-1, "-0.000001")]
    [InlineData(-2340, "-0.00234")]
    [InlineData(-1_000_000, "-1")]
    [InlineData(long.MinValue, "-9223372036854.775808")]
    public void An_amount_has_the_digits_that_it_needs(long micro, string omr) =>
        Written(WithModel(null) with { AmountMicroOmr = micro }).RootElement.GetProperty("amount_omr").GetRawText()
            .ShouldBe(omr);

    [Theory]
    [InlineData(0, "2026-11-21T17:00:00Z")]
    [InlineData(120_000, "2026-11-21T17:00:00.012Z")]
    [InlineData(1_234_567, "2026-11-21T17:00:00.123456Z")]
    public void A_time_is_written_to_the_microsecond(int ticks, string text)
    {
        var time = new DateTimeOffset(2026, 11, 21, 18, 0, 0, TimeSpan.FromHours(1)).AddTicks(ticks);

        Written(WithModel(null) with { CompletedAt = time }).RootElement
            .GetProperty("metadata").GetProperty("completed_at").GetString().ShouldBe(text);
        EnvelopeWriter.TimeText(time).ShouldBe(text);
    }

    [Fact]
    public void What_is_null_is_left_out() =>
        Written(WithModel(null)).RootElement.GetProperty("metadata").EnumerateObject().Select(field => field.Name)
            .ShouldBe(["request_id"]);

    private static void ShouldBeReadBack(string model) => ModelIn(Written(WithModel(model))).ShouldBe(model);

    private static string? ModelIn(JsonDocument written) =>
        written.RootElement.GetProperty("metadata").GetProperty("model").GetString();

    private static JsonDocument Written(UsageEnvelope envelope)
    {
        var bytes = new ArrayBufferWriter<byte>();
        EnvelopeWriter.Write(envelope, bytes);
        return JsonDocument.Parse(bytes.WrittenMemory);
    }

    private static UsageEnvelope WithModel(string? model) =>
        new() { CustomerId = "c", AmountMicroOmr = -1, Reason = "r", RequestId = "q", Model = model };
}
