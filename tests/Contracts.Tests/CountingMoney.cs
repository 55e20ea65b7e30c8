using EventLedger.Contracts.Money;

namespace EventLedger.Contracts.Tests;

public class CountingMoney
{
    [Theory]
    [InlineData(-234, 0)]
    [InlineData(-1_000_000, -1)]
    [InlineData(-1_999_999, -1)]
    [InlineData(1_999_999, 1)]
    public void The_whole_view_is_truncated_toward_zero(long micro, long whole) => Omr.Whole(micro).ShouldBe(whole);

    [Fact]
    public void An_amount_in_omr_carries_no_needless_places() => Omr.FromMicro(-2340).ToString().ShouldBe("-0.00234");

    [Theory]
    [InlineData("OMR/6", "OMR", 6)]
    [InlineData("USD/2", "USD", 2)]
    [InlineData("X/0", "X", 0)]
    public void An_asset_is_its_code_and_scale(string text, string code, int scale)
    {
        Asset.TryParse(text, out var asset).ShouldBeTrue();
        asset.ShouldBe(new Asset(code, scale));
        asset.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("OMR")]
    [InlineData("/6")]
    [InlineData("omr/6")]
    [InlineData("OMR/19")]
    [InlineData("OMR/-1")]
    [InlineData("OMR/6/2")]
    [InlineData("ABCDEFGHIJKLM/2")]
    public void Another_text_is_no_asset(string? text) => Asset.TryParse(text, out _).ShouldBeFalse();
}
