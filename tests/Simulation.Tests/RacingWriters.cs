using EventLedger.Ledger.Tests;
using EventLedger.Testing;

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

    [Theory, MemberData(nameof(Seeds))]
    public async Task Whatever_is_sent_again_or_cut_off_is_booked_exactly_once(int seed)
    {
        var round = new IntakeRound(seed);
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        using var end = new CancellationTokenSource();
        var cutting = round.CutConnectionsAsync(ledger, end.Token);

        await Task.WhenAll(round.Published.Select(producer.PublishAsync)
            .Concat(round.Requested.Select(envelope => SendUntilAnsweredAsync(ledger, envelope))));
        await producer.EverythingIsAcknowledgedAsync(TimeSpan.FromSeconds(60));
        await end.CancelAsync();
        await cutting;

        foreach (var (customer, micro, entries) in round.Expected)
        {
            // A connection of the pool that was cut while it was idle is found out by its next use.
            var balance = (await Eventually.BecomesAsync(
                () => ledger.BalanceAsync(customer), answer => answer is not null))!.Value;
            balance.GetProperty("balance_micro_omr").GetInt64().ShouldBe(micro, $"{customer}, seed {seed}");
            balance.GetProperty("entries").GetInt64().ShouldBe(entries, $"{customer}, seed {seed}");
        }

        await ledger.ShouldVerifyAsync();
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, Rounds.Of(few: 3, many: 50))];

    // An answer of 503 says that it isn't known whether it was booked: sending it again is safe.
    private static Task SendUntilAnsweredAsync(LedgerHost ledger, string envelope) => Eventually.BecomesAsync(
        async () => (int)(await ledger.RecordAsync(envelope)).StatusCode, status => status == 200);
}
