using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary><c>ledger redeliver</c>; what it is for is tried where a database is restored.</summary>
public class DeliveringAgain
{
    [Fact]
    public async Task What_is_known_changes_nothing_and_what_is_new_is_booked_after_it()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await broker.PublishAsync(Envelopes.Of("c", "r-1", micro: -1));
        await broker.PublishAsync(Envelopes.Of("c", "r-2", micro: -2));
        await broker.PublishAsync(Envelopes.Of("nobody", "r", tenant: null));
        await broker.PublishAsync("not json");
        await broker.EverythingIsAcknowledgedAsync();

        (await ledger.RunAsync("redeliver")).ShouldBe((0, "4 messages are delivered again, from number 1 on\n"));

        await broker.PublishAsync(Envelopes.Of("c", "r-3", micro: -3));
        await Eventually.BecomesAsync(() => ledger.MicroBalanceAsync("c"), balance => balance == -6);

        // The consumer that is on its way out may still hand out the new one, which then comes again as well.
        await Eventually.HoldsAsync(async () => await DuplicatesAsync(ledger) >= 2);
        await broker.EverythingIsAcknowledgedAsync();
        (await ledger.DeadLettersAsync()).Length.ShouldBe(1);
        (await ledger.ScalarAsync<long>("select count(*) from waiting")).ShouldBe(1);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task A_broker_without_the_stream_is_told_with_1()
    {
        await using var nats = await TestNats.StartAsync();

        (await LedgerHost.RunAsync(LedgerHost.Settings("", nats.Url, port: 1), "redeliver"))
            .ShouldBe((1, "ledger: The broker has no stream CATALYST_USAGE.\n"));
    }

    private static async Task<double> DuplicatesAsync(LedgerHost ledger) =>
        (await ledger.MetricsAsync()).GetValueOrDefault("ledger_submissions_total{outcome=\"duplicate\"}");
}
