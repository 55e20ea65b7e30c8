using System.Diagnostics;
using EventLedger.Testing;
using static EventLedger.Ledger.Tests.ImportingLegacyRows;

namespace EventLedger.Ledger.Tests;

public class ImportingLegacyRowsInTrouble
{
    private const int Kills = 3;

    // It is killed after this part of the rows and again after as many more, long before it could have ended.
    private const int PartsOfRows = 12;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(Rounds.Of(few: 1, many: 5));

    private static readonly int Rows = Rounds.Of(few: 30_000, many: 1_000_000);
    private static readonly int Customers = Rows / 50;

    // Half of the rows charge requests, every hundredth customer isn't there.
    private static readonly string FillSql = $$"""
        insert into customers (id, user_id, tenant_id)
        select md5('c' || n)::uuid, 'old-' || n, 'tenant-acme' from generate_series(1, {{Customers}}) as n;
        insert into credit_ledger
            (id, customer_id, amount_omr, amount_micro_omr, reason, status, external_ref, metadata)
        select md5('r' || n)::uuid,
            case when n % 100 = 7 then md5('nobody' || n)::uuid else md5('c' || 1 + n % {{Customers}})::uuid end,
            case when n % 2 = 0 then 5 else 0 end, case when n % 2 = 0 then 0 else -2340 - n end,
            'usage:newapi:qwen3-coder', 'settled', case when n % 2 = 1 then 'req-' || n end,
            case when n % 2 = 1 then '{"tokens_used":15,"model":"qwen3-coder"}'::jsonb end
        from generate_series(1, {{Rows}}) as n
        """;

    private const string ExpectedSql = """
        select count(*) || ' ' || sum(amount_omr::numeric * 1000000 + amount_micro_omr)
        from credit_ledger join customers on customers.id = customer_id
        """;

    private const string BookedSql = "select sum(entries) || ' ' || sum(balance) from balances";

    [Fact]
    public async Task Killed_three_times_on_the_way_it_ends_the_same()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.ExecuteAsync(FillSql);

        for (var kill = 1; kill <= Kills; kill++)
        {
            using var import = Start(ledger, old);
            await Eventually.HoldsAsync(async () => import.HasExited
                || await ledger.ScalarAsync<long>("select coalesce(sum(entries), 0)::bigint from balances")
                    > (long)Rows * kill / PartsOfRows, Limit);
            import.HasExited.ShouldBeFalse("It ended before it could be killed.");
            import.Kill();
            await import.WaitForExitAsync();
        }

        await ShouldEndRightAsync(ledger, old);
    }

    [Fact]
    public async Task Live_intake_of_the_same_requests_meanwhile_books_nothing_twice()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await using var old = await LegacyTables.CreateAsync();
        await old.ExecuteAsync(FillSql);
        using var import = Start(ledger, old);
        var published = 0;

        // From both ends, so that some come before their rows and some after.
        for (var n = 1; n < Rows / 2 && !import.HasExited; n += 2)
        {
            await Task.WhenAll(new[] { n, Rows - n }.Where(IsOfACustomer).Select(row => broker.PublishAsync(
                Envelopes.Of($"old-{1 + (row % Customers)}", $"req-{row}", micro: -2340 - row))));
            published++;
        }

        await import.WaitForExitAsync();
        await broker.EverythingIsAcknowledgedAsync(Limit);

        published.ShouldBeGreaterThan(10);
        await ShouldEndRightAsync(ledger, old);
        (await ledger.DeadLettersAsync()).ShouldBeEmpty();
    }

    private static bool IsOfACustomer(int row) => row % 100 != 7;

    private static async Task ShouldEndRightAsync(LedgerHost ledger, LegacyTables old)
    {
        var (exitCode, output) = await ledger.RunAsync("import-legacy", "--from", old.Url);
        exitCode.ShouldBe(0, output);
        await using var expected = old.Sql.CreateCommand(ExpectedSql);
        (await ledger.ScalarAsync<string>(BookedSql)).ShouldBe((string?)await expected.ExecuteScalarAsync());

        Words((await ledger.RunAsync("import-legacy", "--from", old.Url)).Output)
            .ShouldContain($"rows {Rows}, booked 0, in the ledger before {Rows - (Rows / 100)}");
        await ledger.ShouldVerifyAsync();
    }

    private static Process Start(LedgerHost ledger, LegacyTables old)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "import-legacy", "--from", old.Url])
        {
            UseShellExecute = false,
        };
        start.Environment["DATABASE_URL"] = ledger.DatabaseUrl;
        return Process.Start(start)!;
    }
}
