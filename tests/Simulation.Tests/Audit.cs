using EventLedger.Accounts;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Tests;

namespace EventLedger.Simulation.Tests;

/// <summary>What the ledger says after a round, read event by event, and whether it is what was sent.</summary>
internal sealed class Audit
{
    private readonly Dictionary<string, (long Balance, long Entries, long Version)> folded = [];
    private readonly Dictionary<Charge, int> booked = [];
    private readonly List<long> positions = [];

    public static async Task<Audit> OfAsync(LedgerHost ledger)
    {
        var audit = new Audit();

        await foreach (var @event in new EventReader(ledger.Sql).ReadFromAsync(1))
        {
            audit.Fold(@event);
        }

        return audit;
    }

    /// <summary>Balances, the fold here and the fold by SQL are one.</summary>
    public async Task BalancesAreTheFoldOfEventsAsync(LedgerHost ledger)
    {
        const string Text = "string_agg(customer_id || ' ' || balance || ' ' || entries, E'\\n' order by customer_id)";
        var inline = await ledger.ScalarAsync<string>($"select {Text} from balances");
        var bySql = await ledger.ScalarAsync<string>($"""
            select {Text} from (select stream_id as customer_id, sum((data ->> 'amount')::bigint) as balance,
                count(*) as entries from mt_events where type = 'usage_recorded' group by 1) as folded
            """);
        var here = folded.OrderBy(customer => customer.Key, StringComparer.Ordinal)
            .Select(customer => $"{customer.Key} {customer.Value.Balance} {customer.Value.Entries}");

        inline.ShouldBe(string.Join('\n', here));
        bySql.ShouldBe(inline);
    }

    /// <summary>Each version follows the one before it, and each position is an event's or a void block's.</summary>
    public async Task NothingIsMissingAsync(LedgerHost ledger, IEnumerable<long> tailed)
    {
        var versions = folded.OrderBy(customer => customer.Key, StringComparer.Ordinal)
            .Select(customer => $"{customer.Key} {customer.Value.Version}");
        (await ledger.ScalarAsync<string>("""
            select string_agg(id || ' ' || version, E'\n' order by id) from mt_streams
            """)).ShouldBe(string.Join('\n', versions));

        var voids = await ledger.ScalarAsync<long>(
            "select coalesce(sum(positions), 0)::bigint from blocks where root is null");
        (positions.Count + voids).ShouldBe(await ledger.ScalarAsync<long>("select position from head"));
        tailed.ShouldBe(positions);
    }

    /// <summary>Each accepted charge is booked once, each refused one not, each dead letter is kept once.</summary>
    public async Task EachChargeMetItsFateAsync(LedgerHost ledger, Round round, Scenario scenario)
    {
        foreach (var sending in scenario.Sendings)
        {
            var times = booked.GetValueOrDefault(sending.Charge with { Tenant = null });
            var least = sending.Fates is [Fate.Booked] ? 1 : 0;
            var most = sending.Fates.Contains(Fate.Booked) ? 1 : 0;
            times.ShouldBeInRange(least, most, $"{sending.Charge}");

            if (!sending.OverBroker)
            {
                round.Answers[sending].ShouldBeOneOf(sending.Answers);
                times.ShouldBe(round.Answers[sending] == 200 ? 1 : 0, $"{sending.Charge} {round.Answers[sending]}");
            }
        }

        booked.Keys.Except(scenario.Sendings.Select(sent => sent.Charge with { Tenant = null })).ShouldBeEmpty();
        OneOfEachConflictIsBooked(scenario);
        LimitIsReachedAndKept(scenario);
        await DeadLettersAreKeptOnceAsync(ledger, scenario);
    }

    private void Fold(StoredEvent @event)
    {
        positions.Add(@event.Position);
        var (balance, entries, version) = folded.GetValueOrDefault(@event.StreamId);
        @event.Version.ShouldBe(version + 1, @event.StreamId);

        if (AccountCodec.Decode(@event.Type, @event.Data.Span) is UsageRecorded usage)
        {
            balance += usage.Amount;
            entries++;
            var charge = new Charge(@event.StreamId, usage.RequestId, usage.Amount, usage.ObservationId, Tenant: null);
            booked[charge] = booked.GetValueOrDefault(charge) + 1;
        }

        folded[@event.StreamId] = (balance, entries, @event.Version);
    }

    private void OneOfEachConflictIsBooked(Scenario scenario) => scenario.Sendings
        .Where(sending => sending.Fates.Contains(Fate.Booked) && sending.Fates.Contains(Fate.Refused))
        .GroupBy(sending => sending.Charge.Request)
        .Select(pair => pair.Count(sending => booked.ContainsKey(sending.Charge with { Tenant = null })))
        .ShouldAllBe(times => times == 1);

    private void LimitIsReachedAndKept(Scenario scenario)
    {
        var sent = scenario.Sendings.Count(sending => sending.Charge.Customer == "full");
        folded.GetValueOrDefault("full").Entries.ShouldBe(Math.Min(sent, 2));
    }

    private async Task DeadLettersAreKeptOnceAsync(LedgerHost ledger, Scenario scenario)
    {
        var dead = scenario.Sendings.Count(sending => sending.OverBroker
            && sending.Fates.Contains(Fate.DeadLettered)
            && !booked.ContainsKey(sending.Charge with { Tenant = null }));

        (await ledger.ScalarAsync<long>("select count(*) from dead_letters")).ShouldBe(dead);
    }
}
