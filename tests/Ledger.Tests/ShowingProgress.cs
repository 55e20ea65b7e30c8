using EventLedger.Ledger.Cli;

namespace EventLedger.Ledger.Tests;

public class ShowingProgress
{
    [Theory]
    [InlineData(0, 0, 1000, 1, "balances [........................]   0 % 0/s")]
    [InlineData(500, 0, 1000, 2, "balances [############............]  50 % 250/s, 00:00:02 left")]
    [InlineData(900, 500, 1000, 4, "balances [#####################...]  90 % 100/s, 00:00:01 left")]
    [InlineData(1200, 0, 1000, 1, "balances [########################] 100 % 1,200/s, 00:00:00 left")]
    [InlineData(0, 0, 0, 1, "balances [########################] 100 % 0/s")]
    public void The_line_tells_the_rate_and_the_time_left(
        long done, long doneBefore, long total, int seconds, string line) => ProgressLine.Describe(
        new("balances", done, total, doneBefore), TimeSpan.FromSeconds(seconds)).ShouldBe(line);

    [Fact]
    public void A_shorter_text_covers_a_longer_one_and_clearing_leaves_nothing()
    {
        var terminal = new StringWriter();
        var line = new ProgressLine(terminal, TimeProvider.System);

        line.Report(new("positions", 0, 10));
        line.Report(new("ids", 0, 10));
        line.Clear();

        var texts = $"{terminal}".Split('\r', StringSplitOptions.RemoveEmptyEntries);
        texts[1].Length.ShouldBe(texts[0].Length);
        texts[2].Trim().ShouldBeEmpty();
    }
}
