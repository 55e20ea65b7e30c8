using EventLedger.Projections.Accounts;
using EventLedger.Projections.Usage;
using EventLedger.Testing;

namespace EventLedger.Projections.Tests;

public class ReadingUsage
{
    private const int Hours = 7;
    private const int Blocks = 60;

    [Theory, MemberData(nameof(Seeds))]
    public async Task A_report_is_what_the_usage_of_its_days_adds_up_to(int seed)
    {
        var random = new Random(seed);
        await using var history = await History.CreateRandomAsync(random, Blocks);
        await history.SpreadAsync(Hours);
        await OpenAccountsAsync(history);
        await history.RollAsync();

        for (var question = 0; question < 20; question++)
        {
            AccountScope[] scopes = [AccountScope.All, new(TenantId: "t-1"), new(CustomerId: $"c-{random.Next(9)}")];
            var filter = new UsageFilter(
                scopes[random.Next(3)], random.Next(4) == 0 ? "USD/2" : "OMR/6", (UsageGrouping)random.Next(4))
            {
                From = random.Next(2) == 0 ? null : new DateOnly(2026, 1, random.Next(5, 31)),
                To = random.Next(2) == 0 ? null : new DateOnly(2026, 2, random.Next(1, 20)),
            };

            var totals = await ReadAllAsync(history, filter, random.Next(1, 5));

            totals.ShouldBe(await ExpectedAsync(history, filter), $"seed {seed}, {filter}");
        }
    }

    [Fact]
    public async Task A_reversal_and_an_old_charge_belong_to_the_day_on_which_it_was_used()
    {
        await using var history = await History.CreateAsync();
        var used = Fact.Used("a", -10);
        used.Data["completed_at"] = "2026-01-05T23:59:59Z";
        var reversed = Fact.Reversed("a", 10, "qwen3-coder");
        reversed.Data["reversed_type"] = "usage_recorded";
        reversed.Data["completed_at"] = "2026-01-05T23:59:59Z";
        var old = Fact.Legacy("a", 0, -7);
        old.Data["created_at"] = "2020-02-29T00:00:00Z";
        await history.AppendAsync(used, reversed, old, Fact.Legacy("a", 1, 0), Fact.Granted("a", 5));
        await history.RollAsync();

        var totals = await ReadAllAsync(history, new(AccountScope.All, "OMR/6", UsageGrouping.Day), 10);

        totals.ShouldBe(["2020-02-29 -7 1 0", "2026-01-05 0 2 15"]);
    }

    [Fact]
    public async Task A_report_says_how_far_it_follows()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Used("a", -10), Fact.Used("a", -10));
        await history.RollAsync();
        await history.AppendAsync(Fact.Used("a", -10));

        var report = await new UsageQueries(history.Database).ReadAsync(
            new(AccountScope.All, "OMR/6", UsageGrouping.Model), null, 10, CancellationToken.None);

        (report.Position, report.Head).ShouldBe((2, 3));
        report.Totals.ShouldHaveSingleItem().Amount.ShouldBe(-20);
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, Rounds.Of(few: 3, many: 50))];

    private static Task OpenAccountsAsync(History history) => history.ExecuteAsync("""
        insert into accounts (customer_id, tenant_id) select distinct stream_id, 't-' || ascii(right(stream_id, 1)) % 3
        from mt_events
        """);

    private static async Task<List<string>> ReadAllAsync(History history, UsageFilter filter, int size)
    {
        var usage = new UsageQueries(history.Database);
        var all = new List<UsageTotal>();
        IReadOnlyList<UsageTotal> page;

        do
        {
            page = (await usage.ReadAsync(
                filter, all.Count == 0 ? null : all[^1].Key, size, CancellationToken.None)).Totals;
            all.AddRange(page);
        }
        while (page.Count == size);

        return [.. all.Select(total => $"{total.Key} {total.Amount} {total.Entries} {total.Tokens.Used}")];
    }

    // Read as plainly as can be, and not through what is under test.
    private static async Task<List<string>> ExpectedAsync(History history, UsageFilter filter)
    {
        var key = filter.Grouping switch
        {
            UsageGrouping.Tenant => "tenant",
            UsageGrouping.Customer => "customer_id",
            UsageGrouping.Day => "used::text",
            _ => "coalesce(data ->> 'model', '')",
        };

        return
        [
            .. await history.ScalarAsync<string[]>($$"""
                with used as (
                    select a.customer_id, a.tenant_id as tenant, type, data, coalesce((data ->> 'amount')::bigint,
                            (data ->> 'amount_omr')::bigint * 1000000 + (data ->> 'amount_micro_omr')::bigint) as worth,
                        coalesce((data ->> 'completed_at')::timestamptz at time zone 'UTC',
                            timestamp at time zone 'UTC')::date as used
                    from mt_events e join accounts a on a.customer_id = e.stream_id)
                select coalesce(array_agg(key || ' ' || amount || ' ' || entries || ' ' || tokens
                    order by key collate "C"), '{}')
                from (
                    select {{key}} as key, sum(worth) as amount, count(*) as entries,
                        coalesce(sum((data ->> 'tokens_used')::bigint), 0) as tokens
                    from used
                    where coalesce(data ->> 'asset', 'OMR/6') = '{{filter.Asset}}'
                        and (type = 'usage_recorded' or (type = 'legacy_entry_imported' and worth < 0)
                            or (type = 'usage_reversed' and (data ->> 'reversed_type' = 'usage_recorded' or worth > 0)))
                        and used >= '{{filter.From ?? new DateOnly(1900, 1, 1):O}}'
                        and used < '{{filter.To ?? new DateOnly(2900, 1, 1):O}}'
                        and {{Condition("tenant", filter.Scope.TenantId)}}
                        and {{Condition("customer_id", filter.Scope.CustomerId)}}
                    group by 1) as totals
                """),
        ];
    }

    private static string Condition(string column, string? value) => value is null ? "true" : $"{column} = '{value}'";
}
