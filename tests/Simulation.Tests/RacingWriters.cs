using EventLedger.Ledger.Tests;

namespace EventLedger.Simulation.Tests;

public class RacingWriters
{
    [Fact]
    public async Task Sixteen_writers_on_one_customer_over_both_paths_lose_nothing_and_leave_no_gap()
    {
        const int Writers = 16;
        const int ChargesEach = 625;
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var n = 0; n < ChargesEach; n++)
            {
                var envelope = Envelopes.Of("hot", $"{writer}-{n}", micro: -(writer + n + 1));
                await (writer % 2 == 0 ? ledger.RecordAsync(envelope, 200) : producer.PublishAsync(envelope));
            }
        }));

        await producer.EverythingIsAcknowledgedAsync(TimeSpan.FromSeconds(60));
        const long Charged = Writers * ChargesEach * (Writers + ChargesEach) / 2;
        var balance = (await ledger.BalanceAsync("hot"))!.Value;
        balance.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-Charged);
        balance.GetProperty("entries").GetInt64().ShouldBe(Writers * ChargesEach);
        (await ledger.ScalarAsync<decimal>("select sum((data ->> 'amount')::bigint) from mt_events"))
            .ShouldBe(-Charged);
        (await ledger.ScalarAsync<string>("""
            select min(version) || ' to ' || max(version) || ' over ' || count(distinct version) from mt_events
            """)).ShouldBe($"1 to {(Writers * ChargesEach) + 1} over {(Writers * ChargesEach) + 1}");
        await ledger.ShouldVerifyAsync();
    }
}
