using EventLedger.Ledger.Rolling;
using EventLedger.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventLedger.Ledger.Tests;

public class RollingUpInTheBackground
{
    [Theory]
    [InlineData(
        "update mt_event_progression set last_seq_id = null where name = 'statement_totals'",
        "update mt_event_progression set last_seq_id = 0 where name = 'statement_totals'", "InvalidCastException")]
    [InlineData(
        "alter table statement_totals rename column amount to gone",
        "alter table statement_totals rename column gone to amount",
        "statement_totals: positions 1 to 2 can't be taken in: 42703")]
    public async Task What_fails_is_said_and_tried_again_and_ends_nothing_else(string harm, string mend, string said)
    {
        await using var ledger = await LedgerHost.StartAsync();
        using var log = new KeptLog();
        ledger.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        await ledger.ExecuteAsync(harm);
        await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);

        await Eventually.HoldsAsync(() => log.Lines.Any(line => line.Contains("2 times") && line.Contains(said)));
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);
        await ledger.ExecuteAsync(mend);

        await Eventually.HoldsAsync(async () =>
            await ledger.ScalarAsync<long>("select coalesce(sum(entries), 0)::bigint from statement_totals") == 2);
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(250, 1000)]
    [InlineData(300, 1200)]
    [InlineData(1250, 5000)]
    [InlineData(600_000, 5000)]
    public void It_rests_four_times_as_long_as_it_worked_within_bounds(int workedMs, int restMs) =>
        RollupService.RestAfter(TimeSpan.FromMilliseconds(workedMs)).ShouldBe(TimeSpan.FromMilliseconds(restMs));
}
