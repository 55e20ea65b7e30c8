using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class WaitingForAccounts
{
    [Fact]
    public async Task Thousands_that_wait_hold_up_nobody_and_are_booked_once_their_accounts_open()
    {
        const int Each = 50;
        var strangers = Enumerable.Range(0, 100).Select(n => $"stranger-{n:000}").ToArray();
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);

        await Task.WhenAll(
            from customer in strangers
            from n in Enumerable.Range(0, Each)
            select producer.PublishAsync(Envelopes.Of(customer, $"{customer}-{n}", micro: -1, tenant: null)));
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(
            n => producer.PublishAsync(Envelopes.Of("known", $"known-{n}", micro: -1))));
        await producer.EverythingIsAcknowledgedAsync();

        (await ledger.BalanceAsync("known"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-1000);
        (await ledger.MetricsAsync())["ledger_waiting"].ShouldBe(strangers.Length * Each);
        (await ledger.BalanceAsync(strangers[0])).ShouldBeNull();

        await Task.WhenAll(strangers.Select(
            customer => ledger.RecordAsync(Envelopes.Of(customer, $"{customer}-opening", micro: -1), 200)));

        await Eventually.BecomesAsync(
            () => ledger.ScalarAsync<long>("select count(*) from waiting"), waiting => waiting == 0);
        (await ledger.ScalarAsync<string>("""
            select count(*) || ' of ' || min(balance) || ' to ' || max(balance) from balances
            where customer_id like 'stranger-%'
            """)).ShouldBe($"{strangers.Length} of {-Each - 1} to {-Each - 1}");
        (await ledger.DeadLettersAsync()).ShouldBeEmpty();
        await ledger.ShouldVerifyAsync();
    }
}
