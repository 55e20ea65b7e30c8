namespace EventLedger.Ledger.Tests;

public class ReversingEntries
{
    [Fact]
    public async Task A_charge_is_undone_once_by_its_opposite_that_points_at_it()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var charged = (await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -234), 200)).Entry();

        var first = await ledger.ReverseAsync(charged);
        var again = await ledger.ReverseAsync(charged);

        first.GetProperty("amount").GetInt64().ShouldBe(234);
        first.GetProperty("balance_after").GetInt64().ShouldBe(0);
        first.IsDuplicate().ShouldBeFalse();
        again.IsDuplicate().ShouldBeTrue();
        again.Entry().ShouldBe(first.Entry());
        (await ledger.ScalarAsync<string>(
            "select data ->> 'reverses' from mt_events where type = 'usage_reversed'")).ShouldBe(charged.ToString());
        (await ledger.MicroBalanceAsync("c")).ShouldBe(0);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task The_same_charge_again_stays_a_duplicate_after_its_reversal()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var charged = (await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -234), 200)).Entry();
        await ledger.ReverseAsync(charged);

        (await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -234), 200)).IsDuplicate().ShouldBeTrue();
        (await ledger.MicroBalanceAsync("c")).ShouldBe(0);
    }

    [Fact]
    public async Task Another_reason_is_a_conflict_and_no_reason_is_refused()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var charged = (await ledger.RecordAsync(Envelopes.Of("c", "r"), 200)).Entry();
        var reversed = (await ledger.ReverseAsync(charged)).Entry();

        (await ledger.ReverseAsync(charged, 409, "another")).Entry().ShouldBe(reversed);
        (await ledger.ReverseAsync(charged, 400, " ")).GetProperty("field").GetString().ShouldBe("reason");
    }

    [Fact]
    public async Task A_credit_is_undone_like_a_charge_and_a_reversal_is_not()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var granted = (await ledger.GrantAsync("c", "g", 500)).Entry();

        var reversed = await ledger.ReverseAsync(granted);
        var refused = await ledger.ReverseAsync(reversed.Entry(), 422);

        reversed.GetProperty("amount").GetInt64().ShouldBe(-500);
        refused.Error().ShouldContain("reversal");
        (await ledger.MicroBalanceAsync("c")).ShouldBe(0);
    }

    [Fact]
    public async Task A_corrected_charge_is_undone_after_its_corrections()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var charged = (await ledger.RecordAsync(
            Envelopes.Of("c", "r", micro: -234).Replace(
                "\"latency_ms\"", "\"prompt_tokens\":10,\"completion_tokens\":5,\"latency_ms\""), 200)).Entry();
        var (exitCode, output) = await ledger.RunAsync(
            "rerate", "--price-book", RepricingUsage.Book("2026-12", prompt: 10, completion: 10), "--from",
            "2020-01-01", "--to", "2099-01-01", "--book");
        exitCode.ShouldBe(0, output);
        (await ledger.MicroBalanceAsync("c")).ShouldBe(-150);

        var refused = await ledger.ReverseAsync(charged, 409);
        var correction = refused.GetProperty("corrections").EnumerateArray().ShouldHaveSingleItem().GetGuid();
        refused.Error().ShouldContain("corrections");
        (await ledger.MicroBalanceAsync("c")).ShouldBe(-150);

        await ledger.ReverseAsync(correction);
        await ledger.ReverseAsync(charged);
        (await ledger.MicroBalanceAsync("c")).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_no_entry_is_not_found()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        var opening = await ledger.ScalarAsync<Guid>("select id from mt_events where type = 'account_opened'");

        await ledger.ReverseAsync(opening, 404);
        await ledger.ReverseAsync(Guid.NewGuid(), 404);
        await ledger.PostAsync("/billing/entries/nonsense/reversal", """{"reason":"r"}""", 404);
    }

    [Fact]
    public async Task Ordered_by_many_at_once_it_is_undone_once()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var charged = (await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -7), 200)).Entry();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ledger.ReverseAsync(charged)));

        answers.Count(answer => !answer.IsDuplicate()).ShouldBe(1);
        (await ledger.MicroBalanceAsync("c")).ShouldBe(0);
    }

    [Fact]
    public async Task A_charge_without_an_opposite_in_64_bits_is_refused()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var charged = (await ledger.RecordAsync(Envelopes.Of("c", "r", micro: long.MinValue), 200)).Entry();

        (await ledger.ReverseAsync(charged, 422)).Error().ShouldContain("64 bits");
    }
}
