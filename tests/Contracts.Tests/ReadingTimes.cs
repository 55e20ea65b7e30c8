using EventLedger.Contracts.Times;

namespace EventLedger.Contracts.Tests;

public class ReadingTimes
{
    [Theory]
    [InlineData("2026-11-01", "2026-11-01T00:00:00.000000Z")]
    [InlineData("2026-11-01T10:00", "2026-11-01T10:00:00.000000Z")]
    [InlineData("2026-11-01T10:00Z", "2026-11-01T10:00:00.000000Z")]
    [InlineData("2026-11-01T10:00:05", "2026-11-01T10:00:05.000000Z")]
    [InlineData("2026-11-01T10:00:05+02:00", "2026-11-01T08:00:05.000000Z")]
    [InlineData("2026-11-01T10:00:05.5Z", "2026-11-01T10:00:05.500000Z")]
    [InlineData("2026-11-01T10:00:05.1234567-01:30", "2026-11-01T11:30:05.123456Z")]
    public void A_time_is_read_and_is_utc_where_it_does_not_say(string text, string written)
    {
        UtcTime.TryParse(text, out var time).ShouldBeTrue();

        time.Offset.ShouldBe(TimeSpan.Zero);
        UtcTime.Write(time).ShouldBe(written);
    }

    [Theory]
    [InlineData("01/11/2026")]
    [InlineData("2026/11/01")]
    [InlineData("10:00")]
    [InlineData("1 November 2026")]
    [InlineData("2026-11")]
    [InlineData("2026-11-01 10:00")]
    [InlineData("2026-11-01T10")]
    [InlineData("2026-13-01")]
    [InlineData(" 2026-11-01")]
    [InlineData("")]
    [InlineData(null)]
    public void What_could_be_read_in_two_ways_is_no_time(string? text) =>
        UtcTime.TryParse(text, out _).ShouldBeFalse();
}
