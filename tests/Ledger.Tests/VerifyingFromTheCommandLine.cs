namespace EventLedger.Ledger.Tests;

public class VerifyingFromTheCommandLine
{
    [Fact]
    public async Task A_whole_ledger_is_said_to_be_whole_with_what_was_checked()
    {
        await using var ledger = await CreateFilledAsync();

        var (exitCode, output) = await ledger.RunAsync("verify");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("checked 11 events in 10 blocks");
        output.ShouldContain("whole up to position 11");
    }

    [Theory]
    [InlineData("update mt_events set data = jsonb_set(data, '{amount}', '0') where seq_id = 7", "position 7 ")]
    [InlineData("delete from mt_events where seq_id = 11", "position 11 ")]
    [InlineData("""
        update mt_events set seq_id = 1000 where seq_id = 4; update mt_events set seq_id = 4 where seq_id = 5;
        update mt_events set seq_id = 5 where seq_id = 1000
        """, "position 4 ")]
    [InlineData("update balances set balance = balance + 1 where customer_id = 'c'", "customer c, OMR/6")]
    [InlineData("update balances set entries = entries + 1 where customer_id = 'c'", "customer c, OMR/6")]
    [InlineData("delete from balances where customer_id = 'c'", "customer c, OMR/6")]
    [InlineData("insert into balances values ('ghost', 'OMR/6', 5, 1, 1)", "customer ghost, OMR/6")]
    [InlineData("update accounts set tenant_id = 'other'", "customer c: the events say tenant tenant-acme")]
    public async Task What_was_changed_is_named(string change, string named)
    {
        await using var ledger = await CreateFilledAsync();
        await ledger.ExecuteAsync(change);

        var (exitCode, output) = await ledger.RunAsync("verify");

        exitCode.ShouldBe(1, output);
        output.ShouldContain("WRONG");
        output.ShouldContain(named);
    }

    [Fact]
    public async Task A_customer_is_checked_alone()
    {
        await using var ledger = await CreateFilledAsync();
        await ledger.RecordAsync(Envelopes.Of("other", "r"), 200);
        await ledger.ExecuteAsync("update balances set balance = 0 where customer_id = 'other'");

        var (exitCode, output) = await ledger.RunAsync("verify", "--customer", "c");
        exitCode.ShouldBe(0, output);
        output.ShouldContain("checked 11 events in 10 blocks");
        (await ledger.RunAsync("verify", "--customer", "other")).Output.ShouldContain("WRONG: customer other, OMR/6");
        (await ledger.RunAsync("verify", "--customer", "nobody")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task A_part_is_checked_from_a_position_on()
    {
        await using var ledger = await CreateFilledAsync();
        await ledger.ExecuteAsync("update mt_events set data = '{}' where seq_id = 3");

        var (exitCode, output) = await ledger.RunAsync("verify", "--from", "4", "--parallel", "2");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("from position 4 up to 11");
        (await ledger.RunAsync("verify", "--from", "12")).Output.ShouldContain("doesn't reach it");
    }

    [Theory]
    [InlineData("--from", "4")]
    [InlineData("--anchor", "/nowhere/anchors")]
    [InlineData("--public-key", "/nowhere/public.pem")]
    public async Task What_a_customers_check_cannot_heed_is_refused(string option, string value)
    {
        await using var ledger = await LedgerHost.StartAsync();

        var (exitCode, output) = await ledger.RunAsync("verify", "--customer", "c", option, value);

        exitCode.ShouldBe(2, output);
        output.ShouldContain(option);
    }

    [Theory, InlineData("0"), InlineData("65"), InlineData("many")]
    public async Task Connections_are_bounded(string parallel)
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ledger.RunAsync("verify", "--parallel", parallel)).ExitCode.ShouldBe(2);
    }

    internal static async Task<LedgerHost> CreateFilledAsync()
    {
        var ledger = await LedgerHost.StartAsync();

        for (var n = 0; n < 10; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}"), 200);
        }

        return ledger;
    }
}
