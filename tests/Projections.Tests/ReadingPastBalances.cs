using EventLedger.Projections.Balances;
using EventLedger.Projections.Statements;
using EventLedger.Testing;

namespace EventLedger.Projections.Tests;

public class ReadingPastBalances
{
    private const int Hours = 7;
    private const int Blocks = 60;

    [Theory, MemberData(nameof(Seeds))]
    public async Task At_any_position_is_what_the_events_up_to_it_add_up_to_however_far_the_roll_up_is(int seed)
    {
        var random = new Random(seed);
        await using var history = await History.CreateRandomAsync(random, Blocks);
        await history.SpreadAsync(Hours);
        var balances = new PastBalanceQueries(history.Database);
        var head = await history.ScalarAsync<long>("select position from head");

        for (var question = 0; question < 60; question++)
        {
            await RollSomeAsync(history, random);
            var customer = $"c-{random.Next(9)}";
            var position = random.NextInt64(head + 1);

            var past = await balances.ReadAsync(customer, position, CancellationToken.None);

            var why = $"seed {seed}, {customer} at {position}";
            Text(past).ShouldBe(await FoldAsync(history, customer, position), why);
        }
    }

    [Fact]
    public async Task A_time_stands_for_the_last_event_at_or_before_it()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Used("a", -1), Fact.Used("a", -2));
        await history.AppendAsync(Fact.Used("a", -4));
        await history.SpreadAsync(Hours);
        var balances = new PastBalanceQueries(history.Database);

        (await PositionAtAsync(History.TimeOf(1, Hours).AddMicroseconds(-1))).ShouldBe(0);
        (await PositionAtAsync(History.TimeOf(1, Hours))).ShouldBe(2);
        (await PositionAtAsync(History.TimeOf(2, Hours).AddMicroseconds(-1))).ShouldBe(2);
        (await PositionAtAsync(History.TimeOf(2, Hours))).ShouldBe(3);
        (await PositionAtAsync(DateTimeOffset.MaxValue)).ShouldBe(3);
        (await PositionAtAsync(DateTimeOffset.MinValue)).ShouldBe(0);

        Task<long> PositionAtAsync(DateTimeOffset time) => balances.ReadPositionAtAsync(time, CancellationToken.None);
    }

    [Fact]
    public async Task Before_everything_and_of_nobody_it_is_nothing()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Used("a", -1));
        var balances = new PastBalanceQueries(history.Database);

        Text(await balances.ReadAsync("a", 0, CancellationToken.None)).ShouldBe("0:");
        Text(await balances.ReadAsync("b", 1, CancellationToken.None)).ShouldBe("0:");
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, Rounds.Of(few: 3, many: 50))];

    private static async Task RollSomeAsync(History history, Random random)
    {
        if (random.Next(5) == 0)
        {
            await new StatementRollup(history.Database) { PositionsMax = random.Next(1, 60) }
                .RollAsync(CancellationToken.None);
        }
    }

    private static string Text(PastBalance past) =>
        $"{past.Position}:{string.Concat(past.Assets.Select(own => $" {own.Asset} {own.Amount} {own.Entries}"))}";

    // Read as plainly as can be, and not through what is under test.
    private static Task<string> FoldAsync(History history, string customer, long position) =>
        history.ScalarAsync<string>($"""
            with own as (
                select seq_id, coalesce(data ->> 'asset', 'OMR/6') as asset, coalesce((data ->> 'amount')::bigint,
                    (data ->> 'amount_omr')::bigint * 1000000 + (data ->> 'amount_micro_omr')::bigint) as amount
                from mt_events where stream_id = '{customer}' and seq_id <= {position}
                    and type not in ('account_opened', 'account_closed'))
            select coalesce((select max(seq_id) from own), 0) || ':' || coalesce(string_agg(
                ' ' || asset || ' ' || amount || ' ' || entries, '' order by asset), '')
            from (select asset, sum(amount) as amount, count(*) as entries from own group by asset) as sums
            """);
}
