using System.Text.Json;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class ChangingAccounts
{
    [Fact]
    public async Task A_closed_account_stays_readable_and_later_usage_is_booked_and_marked()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await ledger.RecordAsync(Envelopes.Of("c", "r-1", micro: -1), 200);

        await CloseAsync(ledger, "c");
        await ledger.RecordAsync(Envelopes.Of("c", "r-2", micro: -1), 200);
        await broker.PublishAsync(Envelopes.Of("c", "r-3", micro: -1));
        await ledger.GrantAsync("c", "g", 10, tenant: null);

        await Eventually.HoldsAsync(async () => await ledger.MicroBalanceAsync("c") == 7);
        (await ledger.ScalarAsync<string>("""
            select string_agg(type, ' ' order by type, seq_id) from mt_events where data ? 'after_closing'
            """)).ShouldBe("credit_granted usage_recorded usage_recorded");
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Closing_again_changes_nothing_and_with_another_reason_conflicts()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        var first = await CloseAsync(ledger, "c");
        var again = await CloseAsync(ledger, "c");

        first.IsDuplicate().ShouldBeFalse();
        again.IsDuplicate().ShouldBeTrue();
        again.GetProperty("event_id").GetGuid().ShouldBe(first.GetProperty("event_id").GetGuid());
        await CloseAsync(ledger, "c", 409, "another");
        await CloseAsync(ledger, "c", 400, "");
        await CloseAsync(ledger, "nobody", 404);
    }

    [Fact]
    public async Task A_tenant_changes_and_changes_back_and_the_same_changes_nothing()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-1", tenant: "a"), 200);

        (await MoveAsync(ledger, "c", "b")).IsDuplicate().ShouldBeFalse();
        (await MoveAsync(ledger, "c", "b")).IsDuplicate().ShouldBeTrue();
        (await ledger.ScalarAsync<string>("select tenant_id from accounts")).ShouldBe("b");
        await ledger.RecordAsync(Envelopes.Of("c", "r-2", tenant: "a"), 200);
        (await MoveAsync(ledger, "c", "a")).IsDuplicate().ShouldBeFalse();

        (await ledger.ScalarAsync<string>("select tenant_id from accounts")).ShouldBe("a");
        (await ledger.ScalarAsync<long>("select count(*) from mt_events where data ? 'tenant_differs'")).ShouldBe(1);
        await ledger.ShouldVerifyAsync();
        await MoveAsync(ledger, "nobody", "b", 404);
    }

    [Theory]
    [InlineData("update accounts set is_closed = false", "closed")]
    [InlineData("update accounts set tenant_id = 'tenant-acme'", "tenant b")]
    public async Task An_account_changed_by_hand_is_named(string change, string named)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await MoveAsync(ledger, "c", "b");
        await CloseAsync(ledger, "c");
        await ledger.ExecuteAsync(change);

        var (exitCode, output) = await ledger.RunAsync("verify");

        exitCode.ShouldBe(1, output);
        output.ShouldContain("WRONG: customer c");
        output.ShouldContain(named);
    }

    private static Task<JsonElement> CloseAsync(
        LedgerHost ledger, string customer, int status = 200, string reason = "left") =>
        ledger.PostAsync($"/billing/customers/{customer}/close", $$"""{"reason":"{{reason}}"}""", status);

    private static Task<JsonElement> MoveAsync(
        LedgerHost ledger, string customer, string tenant, int status = 200) =>
        ledger.PostAsync(
            $"/billing/customers/{customer}/tenant", $$"""{"tenant_id":"{{tenant}}","reason":"merger"}""", status);
}
