using System.Text;

namespace EventLedger.Accounts.Tests;

public class ReadingEntries
{
    [Fact]
    public void Usage_is_worth_its_amount()
    {
        var usage = new UsageRecorded
        {
            Amount = -2340,
            Asset = "USD/2",
            Reason = "r",
            RequestId = "q",
            Fingerprint = "f",
            Model = "a \"quoted\" \u00FF\t\u6A21",
            TokensUsed = 15,
            PromptTokens = 1,
            CompletionTokens = 2,
            CachedTokens = 3,
            ReasoningTokens = 4,
            Extra = "{\"amount\":7,\"model\":\"inner\"}",
        };

        Entry.TryRead(AccountCodec.Encode(usage).Data, out var entry).ShouldBeTrue();

        entry.Amount.ShouldBe(usage.Amount);
        Encoding.UTF8.GetString(entry.AssetName).ShouldBe(usage.Asset);
        Encoding.UTF8.GetString(entry.Model).ShouldBe(usage.Model);
        entry.Tokens.ShouldBe(new EntryTokens(15, 1, 2, 3, 4));
    }

    [Theory]
    [InlineData("""{"amount_omr":-3,"amount_micro_omr":-500000}""", -3_500_000)]
    [InlineData("""{"amount_omr":2,"amount_micro_omr":-1}""", 1_999_999)]
    [InlineData("""{"amount":5,"asset":"OMR/6","nested":{"amount":7,"list":[1]}}""", 5)]
    [InlineData("""{"amount":-9007199254740993,"asset":"OMR/6"}""", -9007199254740993)]
    public void An_old_row_is_worth_its_whole_and_its_micro_OMR(string data, long amount)
    {
        Entry.TryRead(Encoding.UTF8.GetBytes(data), out var entry).ShouldBeTrue();

        entry.Amount.ShouldBe(amount);
        Encoding.UTF8.GetString(entry.AssetName).ShouldBe("OMR/6");
    }

    [Fact]
    public void What_operators_book_is_worth_its_amount()
    {
        var credit = new CreditGranted
        {
            Amount = 5,
            Asset = "USD/2",
            Reason = "r",
            GrantId = "g",
            GrantedBy = "op",
            Fingerprint = "f",
        };
        var reversed = new UsageReversed
        {
            Amount = 234,
            Asset = "OMR/6",
            Reason = "r",
            Reverses = Guid.Empty,
            ReversedType = "usage_recorded",
            Model = "m",
            CompletedAt = "2026-11-21T17:00:00Z",
            ReversedBy = "op",
            Fingerprint = "f",
        };

        Entry.TryRead(AccountCodec.Encode(credit).Data, out var granted).ShouldBeTrue();
        granted.Amount.ShouldBe(5);
        Encoding.UTF8.GetString(granted.AssetName).ShouldBe("USD/2");
        Entry.TryRead(AccountCodec.Encode(reversed).Data, out var undone).ShouldBeTrue();
        undone.Amount.ShouldBe(234);
        Encoding.UTF8.GetString(undone.Model).ShouldBe("m");
        Encoding.UTF8.GetString(undone.CompletedAt).ShouldBe("2026-11-21T17:00:00Z");
        Encoding.UTF8.GetString(undone.UsedOn).ShouldBe("2026-11-21");
        Entry.TryRead(AccountCodec.Encode(new AccountClosed("r", "op", "f")).Data, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("usage_recorded", """{"amount":-5}""", true)]
    [InlineData("usage_corrected", """{"amount":5}""", true)]
    [InlineData("credit_granted", """{"amount":5}""", false)]
    [InlineData("usage_reversed", """{"amount":5,"reversed_type":"usage_recorded"}""", true)]
    [InlineData("usage_reversed", """{"amount":-5,"reversed_type":"usage_corrected"}""", true)]
    [InlineData("usage_reversed", """{"amount":-5,"reversed_type":"credit_granted"}""", false)]
    [InlineData("legacy_entry_imported", """{"amount_omr":0,"amount_micro_omr":-5}""", true)]
    [InlineData("legacy_entry_imported", """{"amount_omr":0,"amount_micro_omr":5}""", false)]
    [InlineData("usage_reversed", """{"amount":5,"reversed_type":"legacy_entry_imported"}""", true)]
    [InlineData("usage_reversed", """{"amount":-5,"reversed_type":"legacy_entry_imported"}""", false)]
    public void What_is_used_or_undoes_that_is_usage(string type, string data, bool isUsage)
    {
        Entry.TryRead(Encoding.UTF8.GetBytes(data), out var entry).ShouldBeTrue();
        entry.IsUsage(Encoding.UTF8.GetBytes(type)).ShouldBe(isUsage);
    }

    [Theory]
    [InlineData("""{"tenant_id":"t","opened_by":"usage"}""")]
    [InlineData("""{"amount":null,"amount_omr":1}""")]
    [InlineData("{}")]
    public void Other_events_change_no_balance(string data) =>
        Entry.TryRead(Encoding.UTF8.GetBytes(data), out _).ShouldBeFalse();

    [Theory]
    [InlineData("""{"amount":1.5}""", typeof(FormatException))]
    [InlineData("""{"amount":9223372036854775808}""", typeof(FormatException))]
    [InlineData("""{"amount":"5"}""", typeof(InvalidOperationException))]
    [InlineData("""{"amount":5,"asset":6}""", typeof(InvalidOperationException))]
    [InlineData("""{"amount_omr":9223372036854775807,"amount_micro_omr":0}""", typeof(OverflowException))]
    public void What_no_event_holds_is_refused(string data, Type failure) =>
        Should.Throw(() => Entry.TryRead(Encoding.UTF8.GetBytes(data), out _), failure);
}
