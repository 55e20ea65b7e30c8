using EventLedger.Ledger.Verifying;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventLedger.Ledger.Tests;

public class VerifyingInTheBackground
{
    [Fact]
    public async Task A_whole_ledger_is_checked_once_in_each_interval()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        (await ledger.MetricsAsync()).Keys.ShouldNotContain("ledger_verified_wrong");

        (await VerifyAsync(ledger)).ShouldBeTrue();
        (await VerifyAsync(ledger)).ShouldBeFalse();

        var metrics = await ledger.MetricsAsync();
        (metrics["ledger_verified_wrong"], metrics["ledger_verified_position"]).ShouldBe((0, 2));
        metrics["ledger_verified_age_seconds"].ShouldBeLessThan(60);
        await ledger.ExecuteAsync("update verifications set finished_at = finished_at - interval '24 hours'");
        (await VerifyAsync(ledger)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_wrong_is_shown_until_a_check_finds_it_whole()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.ExecuteAsync("update balances set balance = balance + 1");

        (await VerifyAsync(ledger)).ShouldBeTrue();

        (await ledger.MetricsAsync())["ledger_verified_wrong"].ShouldBe(1);
        (await ledger.ScalarAsync<string>("select finding from verifications")).ShouldContain("customer c, OMR/6");
        await ledger.ExecuteAsync("update balances set balance = balance - 1");
        (await ledger.RunAsync("verify")).ExitCode.ShouldBe(0);
        (await ledger.MetricsAsync())["ledger_verified_wrong"].ShouldBe(0);
    }

    [Fact]
    public async Task A_check_of_a_part_says_nothing_of_the_whole()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        await ledger.RunAsync("verify", "--from", "2");
        await ledger.RunAsync("verify", "--customer", "c");

        (await ledger.ScalarAsync<long>("select count(*) from verifications")).ShouldBe(0);
    }

    [Fact]
    public async Task Who_may_only_read_verifies_all_the_same()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.ExecuteAsync($"alter database \"{new Uri(ledger.DatabaseUrl).AbsolutePath[1..]}\" "
            + "set default_transaction_read_only = on");

        var (exitCode, output) = await ledger.RunAsync("verify");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("the result is not kept in the database");
    }

    private static Task<bool> VerifyAsync(LedgerHost ledger) =>
        ledger.Services.GetServices<IHostedService>().OfType<VerifyService>().Single()
            .VerifyIfDueAsync(CancellationToken.None);
}
