using EventLedger.Projections.Entries;
using EventLedger.Testing;

namespace EventLedger.Projections.Tests;

public class ReadingEntries
{
    private const int Hours = 7;
    private const int Blocks = 60;

    [Theory, MemberData(nameof(Seeds))]
    public async Task Pages_give_each_entry_that_passes_the_filter_once_newest_first(int seed)
    {
        var random = new Random(seed);
        await using var history = await History.CreateRandomAsync(random, Blocks);
        await history.SpreadAsync(Hours);

        for (var question = 0; question < 20; question++)
        {
            var customer = $"c-{random.Next(9)}";
            var filter = new EntryFilter
            {
                From = random.Next(2) == 0 ? null : History.TimeOf(random.Next(Blocks), Hours),
                To = random.Next(2) == 0 ? null : History.TimeOf(random.Next(Blocks), Hours),
                Model = random.Next(3) > 0 ? null : random.Next(2) == 0 ? "" : "qwen3-coder",
                Reason = random.Next(5) > 0 ? null : "top-up",
                LastPosition = random.Next(2) == 0 ? null : random.Next(Blocks * 10),
            };

            var pages = await ReadAllAsync(history, customer, filter, random.Next(1, 20));

            pages.ShouldBe(await ExpectedAsync(history, customer, filter), $"seed {seed}, {customer}, {filter}");
        }
    }

    [Fact]
    public async Task Entries_that_come_in_between_two_pages_move_nothing()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync([.. Enumerable.Range(0, 10).Select(_ => Fact.Used("a", -1))]);
        var entries = new EntryQueries(history.Database);
        var first = await entries.ReadPageAsync("a", EntryFilter.All, next: null, 4, CancellationToken.None);

        await history.AppendAsync(Fact.Used("a", -2));
        var second = await entries.ReadPageAsync("a", EntryFilter.All, first.Next, 4, CancellationToken.None);

        first.Items.Select(entry => entry.Event.Position).ShouldBe([10, 9, 8, 7]);
        second.Items.Select(entry => entry.Event.Position).ShouldBe([6, 5, 4, 3]);
        (first.Version, second.Version).ShouldBe((10, 11));
    }

    [Fact]
    public async Task A_filter_that_few_pass_looks_at_so_many_events_for_a_page_and_no_more()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Used("a", -1, "rare"));

        for (var sent = 0; sent < EntryQueries.LookedAtMax; sent += 5_000)
        {
            await history.AppendAsync([.. Enumerable.Range(0, 5_000).Select(_ => Fact.Used("a", -1, "often"))]);
        }

        var entries = new EntryQueries(history.Database);
        var filter = new EntryFilter { Model = "rare" };
        var first = await entries.ReadPageAsync("a", filter, next: null, 10, CancellationToken.None);
        var second = await entries.ReadPageAsync("a", filter, first.Next, 10, CancellationToken.None);

        first.Items.ShouldBeEmpty();
        first.Next.ShouldBe(1);
        second.Items.ShouldHaveSingleItem().Event.Position.ShouldBe(1);
        second.Next.ShouldBeNull();
    }

    [Fact]
    public async Task Oldest_first_they_come_whole_between_two_positions()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Opened("a"), Fact.Used("a", -1), Fact.Used("b", -1));
        await history.AppendAsync(
            [.. Enumerable.Range(0, EntryQueries.PageMax + 10).Select(n => Fact.Used("a", -n))]);

        var positions = new List<long>();

        await foreach (var entry in new EntryQueries(history.Database).ReadAsync("a", 2, EntryQueries.PageMax + 8))
        {
            positions.Add(entry.Event.Position);
        }

        positions.ShouldBe(Enumerable.Range(4, EntryQueries.PageMax + 5).Select(position => (long)position));
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, Rounds.Of(few: 3, many: 50))];

    private static async Task<List<long>> ReadAllAsync(
        History history, string customer, EntryFilter filter, int size)
    {
        var entries = new EntryQueries(history.Database);
        var positions = new List<long>();
        long? next = null;

        do
        {
            var page = await entries.ReadPageAsync(customer, filter, next, size, CancellationToken.None);
            page.Items.Count.ShouldBeLessThanOrEqualTo(size);
            positions.AddRange(page.Items.Select(entry => entry.Event.Position));
            next = page.Next;
        }
        while (next is not null);

        return positions;
    }

    // Read as plainly as can be, and not through what is under test.
    private static async Task<List<long>> ExpectedAsync(History history, string customer, EntryFilter filter) =>
    [
        .. await history.ScalarAsync<long[]>($"""
            select coalesce(array_agg(seq_id order by seq_id desc), '{"{}"}') from mt_events
            where stream_id = '{customer}' and type not in ('account_opened', 'account_closed')
                and ('{filter.From:O}' = '' or timestamp >= nullif('{filter.From:O}', '')::timestamptz)
                and ('{filter.To:O}' = '' or timestamp < nullif('{filter.To:O}', '')::timestamptz)
                and seq_id <= {filter.LastPosition ?? long.MaxValue}
                and ({(filter.Model is null ? "true" : $"coalesce(data ->> 'model', '') = '{filter.Model}'")})
                and ({(filter.Reason is null ? "true" : $"data ->> 'reason' = '{filter.Reason}'")})
            """),
    ];
}
