using EventLedger.Projections.Accounts;

namespace EventLedger.Projections.Tests;

public class ListingAccounts
{
    private const string Asset = "OMR/6";

    [Fact]
    public async Task By_id_a_list_has_each_account_once_in_the_order_of_bytes()
    {
        await using var history = await FilledAsync();

        (await ListAsync(history, new(AccountScope.All, Asset))).ShouldBe(
            ["B 0", "a -5", "a-1 7", "a_2 0", "b 0", "é -1", "\U0001F4A9 3"]);
        (await ListAsync(history, new(AccountScope.All, "USD/2")))[1].ShouldBe("a 9");
    }

    [Fact]
    public async Task By_balance_those_with_entries_in_the_asset_come_lowest_or_highest_first()
    {
        await using var history = await FilledAsync();
        string[] lowest = ["a -5", "é -1", "a_2 0", "b 0", "\U0001F4A9 3", "a-1 7"];

        (await ListAsync(history, new(AccountScope.All, Asset) { Ordering = AccountOrdering.LowestBalance }))
            .ShouldBe(lowest);
        (await ListAsync(history, new(AccountScope.All, Asset) { Ordering = AccountOrdering.HighestBalance }))
            .ShouldBe(lowest.Reverse());
    }

    [Theory]
    [InlineData("a", new[] { "a -5", "a-1 7", "a_2 0" })]
    [InlineData("a_", new[] { "a_2 0" })]
    [InlineData("é", new[] { "é -1" })]
    [InlineData("%", new string[0])]
    [InlineData("", new[] { "B 0", "a -5", "a-1 7", "a_2 0", "b 0", "é -1", "\U0001F4A9 3" })]
    public async Task A_prefix_is_what_ids_begin_with_to_the_letter(string prefix, string[] found)
    {
        await using var history = await FilledAsync();

        (await ListAsync(history, new(AccountScope.All, Asset) { Prefix = prefix })).ShouldBe(found);
    }

    [Fact]
    public async Task Outside_of_a_scope_nothing_is_listed_whatever_is_looked_for()
    {
        await using var history = await FilledAsync();
        var tenant = new AccountScope(TenantId: "t-1");

        foreach (var ordering in Enum.GetValues<AccountOrdering>())
        {
            var filter = new AccountFilter(tenant, Asset) { Ordering = ordering };
            (await ListAsync(history, filter)).Order().ShouldBe(["a -5", "é -1"]);
            (await ListAsync(history, filter with { TenantId = "t-2" })).ShouldBeEmpty();
            (await ListAsync(history, filter with { Prefix = "a-" })).ShouldBeEmpty();
            (await ListAsync(history, filter with { Scope = new(CustomerId: "b") })).ShouldBe(["b 0"]);
        }

        (await ListAsync(history, new(AccountScope.All, Asset) { TenantId = "t-1" })).ShouldBe(["a -5", "é -1"]);
    }

    [Fact]
    public async Task A_page_by_id_reads_the_index_and_no_more_of_it_than_it_shows()
    {
        await using var history = await History.CreateAsync();
        await history.ExecuteAsync("""
            insert into accounts select 'c-' || to_char(n, 'FM000000'), 't-' || n % 100
            from generate_series(1, 20000) as n;
            analyze accounts
            """);

        (await PlanAsync("select * from accounts order by customer_id collate \"C\" limit 10"))
            .ShouldContain("accounts_by_id");
        (await PlanAsync("select * from accounts where tenant_id = 't-7' order by customer_id collate \"C\" limit 10"))
            .ShouldContain("accounts_by_tenant");

        async Task<string> PlanAsync(string sql) =>
            await history.ScalarAsync<string>($"explain (format json) {sql}");
    }

    private static async Task<History> FilledAsync()
    {
        var history = await History.CreateAsync();
        await history.ExecuteAsync("""
            insert into accounts values ('a', 't-1'), ('a-1', 't-2'), ('a_2', 't-2'), ('B', 't-2'), ('b', 't-2'),
                ('é', 't-1'), ('💩', 't-2')
            """);
        await history.AppendAsync(
            Fact.Used("a", -5), Fact.Used("a-1", 7), Fact.Used("a_2", 0), Fact.Used("b", 0), Fact.Used("é", -1),
            Fact.Used("💩", 3), Fact.Used("a", 9, asset: "USD/2"));
        return history;
    }

    private static async Task<List<string>> ListAsync(History history, AccountFilter filter)
    {
        var all = new List<ListedAccount>();
        List<ListedAccount> page;

        do
        {
            page = await new AccountQueries(history.Database).ListAsync(
                filter, all.Count == 0 ? null : (all[^1].CustomerId, all[^1].Balance), 2, CancellationToken.None);
            all.AddRange(page);
        }
        while (page.Count == 2);

        return [.. all.Select(account => $"{account.CustomerId} {account.Balance}")];
    }
}
