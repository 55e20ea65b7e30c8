using System.Text.RegularExpressions;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class ImportingLegacyRows
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    [Theory, InlineData(true), InlineData(false)]
    public async Task Rows_of_both_generations_come_over_whatever_their_status(bool isNewer)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync(isNewer);
        await old.AddCustomerAsync(1, "amina");
        await old.AddCustomerAsync(2, "silent", tenantId: null);
        await old.ExecuteAsync("""
            insert into credit_ledger (id, customer_id, amount_omr, reason, order_id, status) values
                ('00000000-0000-4000-8000-000000000011', $1, 50, 'top-up', 'order-7', 'settled'),
                ('00000000-0000-4000-8000-000000000012', $1, -3, null, null, 'failed'),
                ('00000000-0000-4000-8000-000000000013', $1, 0, 'nothing', null, null)
            """, LegacyTables.Id(1));

        var (exitCode, output) = await ledger.RunAsync("import-legacy", "--from", old.Url);

        exitCode.ShouldBe(0, output);
        Words(output).ShouldContain("customers 2, accounts opened 2");
        Words(output).ShouldContain("rows 3, booked 3, in the ledger before 0");
        Words(output).ShouldContain("old table 3 47000000 47");
        Words(output).ShouldContain("ledger 3 47000000 47");
        (await ledger.BalanceAsync("amina"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(47_000_000);
        (await ledger.BalanceAsync("silent"))!.Value.GetProperty("entries").GetInt64().ShouldBe(0);
        (await ledger.ScalarAsync<string>("""
            select data::text from mt_events where data ->> 'legacy_id' = '00000000-0000-4000-8000-000000000011'
            """)).ShouldBe("""
            {"reason": "top-up", "status": "settled", "order_id": "order-7",
             "legacy_id": "00000000-0000-4000-8000-000000000011", "amount_omr": 50,
             "created_at": "2025-03-01T12:00:00Z", "fingerprint": "FINGERPRINT", "amount_micro_omr": 0}
            """.ReplaceLineEndings("").Replace("FINGERPRINT", await FingerprintAsync(ledger)));
        await ledger.ShouldVerifyAsync();
        (await ledger.RunAsync("rebuild", "balances", "--check")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_row_is_worth_its_whole_and_its_micro_OMR_to_the_last_digit()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, omr: -1, micro: -500_001);
        await AddRowAsync(old, 12, 1, omr: 2, micro: -1);
        await AddRowAsync(old, 13, 1, omr: 0, micro: 9_007_199_254_740_993);

        (await ledger.RunAsync("import-legacy", "--from", old.Url)).ExitCode.ShouldBe(0);

        (await ledger.BalanceAsync("amina"))!.Value.GetProperty("balance_micro_omr").GetInt64()
            .ShouldBe(-1_500_001 + 1_999_999 + 9_007_199_254_740_993);
    }

    [Fact]
    public async Task Rows_that_can_t_be_are_listed_and_the_rest_goes_on()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await old.AddCustomerAsync(2, " ");
        await old.AddCustomerAsync(3, new string('n', 513));
        await AddRowAsync(old, 11, 1, micro: -5);
        await AddRowAsync(old, 12, customer: 9, micro: -7);
        await AddRowAsync(old, 13, customer: 2, micro: -1);
        await AddRowAsync(old, 14, customer: 3, micro: -1);
        await AddRowAsync(old, 15, 1, omr: 1, micro: long.MaxValue);
        await AddRowAsync(old, 16, 1, micro: long.MinValue);
        await AddRowAsync(old, 17, 1, micro: -6);
        await old.ExecuteAsync(
            "insert into credit_ledger (id, customer_id, amount_omr) values ($1, null, 1)", LegacyTables.Id(18));

        var (exitCode, output) = await ledger.RunAsync("import-legacy", "--from", old.Url);

        exitCode.ShouldBe(0, output);
        output.ShouldContain($"refused customer {LegacyTables.Id(2)}: has no user_id");
        output.ShouldContain($"refused row {LegacyTables.Id(12)}: there is no customer {LegacyTables.Id(9)}");
        output.ShouldContain($"refused row {LegacyTables.Id(13)}: customer {LegacyTables.Id(2)} has no user_id");
        output.ShouldContain($"refused row {LegacyTables.Id(14)}: customer {LegacyTables.Id(3)} has no user_id");
        output.ShouldContain($"refused row {LegacyTables.Id(15)}: is worth 9223372036855775807 micro-OMR, outside");
        output.ShouldContain($"refused row {LegacyTables.Id(16)}: would take the customer's balance outside 64 bits");
        output.ShouldContain($"refused row {LegacyTables.Id(18)}: there is no customer (null)");
        Words(output).ShouldContain("ledger 2 -11 0");
        (await ledger.BalanceAsync("amina"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-11);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task A_second_run_books_nothing_and_later_rows_come_with_the_next()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -5);
        await AddRowAsync(old, 12, 1, micro: -6, externalRef: "req-1");
        await ledger.RunAsync("import-legacy", "--from", old.Url);
        var head = await ledger.ScalarAsync<long>("select position from head");

        Words((await ledger.RunAsync("import-legacy", "--from", old.Url)).Output)
            .ShouldContain("rows 2, booked 0, in the ledger before 2");
        (await ledger.ScalarAsync<long>("select position from head")).ShouldBe(head);

        await old.AddCustomerAsync(2, "late");
        await AddRowAsync(old, 1, 2, micro: -7);
        Words((await ledger.RunAsync("import-legacy", "--from", old.Url)).Output)
            .ShouldContain("rows 3, booked 1, in the ledger before 2");
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_and_changes_nothing()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -5);
        await AddRowAsync(old, 12, customer: 9, micro: -7);

        var (exitCode, output) = await ledger.RunAsync("import-legacy", "--from", old.Url, "--dry-run");

        exitCode.ShouldBe(0, output);
        Words(output).ShouldContain("customers 1, accounts to open 1");
        Words(output).ShouldContain("rows 2, to book 1, in the ledger before 0");
        Words(output).ShouldContain("refused 1 -7 0");
        (await ledger.BalanceAsync("amina")).ShouldBeNull();
        (await ledger.ScalarAsync<long>("select count(*) from mt_streams")).ShouldBe(0);
    }

    [Fact]
    public async Task A_row_that_changed_after_it_was_imported_is_refused_and_never_charged_again()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -5);
        await ledger.RunAsync("import-legacy", "--from", old.Url);
        await old.ExecuteAsync("update credit_ledger set amount_micro_omr = -6");

        var (exitCode, output) = await ledger.RunAsync("import-legacy", "--from", old.Url);

        exitCode.ShouldBe(0, output);
        output.ShouldContain($"refused row {LegacyTables.Id(11)}: is worth -6 OMR/6, but the ledger has -5 OMR/6");
        (await ledger.BalanceAsync("amina"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-5);
    }

    [Fact]
    public async Task Envelopes_that_waited_for_an_old_customer_are_booked_once_the_account_is_open()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await using var old = await LegacyTables.CreateAsync();
        await broker.PublishAsync(Envelopes.Of("amina", "r", micro: -1, tenant: null));
        await broker.EverythingIsAcknowledgedAsync();
        await old.AddCustomerAsync(1, "amina");

        await ledger.RunAsync("import-legacy", "--from", old.Url);

        await Eventually.HoldsAsync(async () => await ledger.BalanceAsync("amina") is { } balance
            && balance.GetProperty("balance_micro_omr").GetInt64() == -1);
        (await ledger.ScalarAsync<string>("select tenant_id from accounts")).ShouldBe("tenant-acme");
    }

    [Theory]
    [InlineData("drop table credit_ledger", "has no credit_ledger with id, customer_id, amount_omr")]
    [InlineData("alter table customers drop user_id", "has no customers with user_id")]
    [InlineData("alter table credit_ledger alter amount_omr type numeric", "credit_ledger.amount_omr is numeric")]
    [InlineData("alter table credit_ledger alter amount_micro_omr type real", "credit_ledger.amount_micro_omr is real")]
    [InlineData("alter table credit_ledger alter id type text", "credit_ledger.id is text; expected uuid")]
    [InlineData("alter table credit_ledger alter metadata type text", "credit_ledger.metadata is text; expected jsonb")]
    [InlineData("alter table credit_ledger alter created_at type text", "credit_ledger.created_at is text")]
    public async Task Tables_that_it_does_not_know_are_refused_with_2(string change, string problem)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.ExecuteAsync(change);

        var (exitCode, output) = await ledger.RunAsync("import-legacy", "--from", old.Url);

        exitCode.ShouldBe(2);
        output.ShouldContain(problem);
    }

    [Fact]
    public async Task An_old_database_that_is_not_there_is_said_with_3_and_one_that_can_t_be_named_with_2()
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ledger.RunAsync("import-legacy", "--from", "postgres://nobody@127.0.0.1:1/none")).ExitCode.ShouldBe(3);
        (await ledger.RunAsync("import-legacy", "--from", "nonsense")).ExitCode.ShouldBe(2);
        (await ledger.RunAsync("import-legacy")).ExitCode.ShouldBe(2);
    }

    internal static Task AddRowAsync(
        LegacyTables old, int n, int customer, int omr = 0, long micro = 0, string? externalRef = null,
        string? metadata = null) => old.ExecuteAsync(
        """
        insert into credit_ledger (id, customer_id, amount_omr, amount_micro_omr, reason, external_ref, metadata)
        values ($1, $2, $3, $4, 'usage:newapi:qwen3-coder', $5::text, $6::text::jsonb)
        """,
        LegacyTables.Id(n), LegacyTables.Id(customer), omr, micro, externalRef, metadata);

    internal static string Words(string output) => Regex.Replace(output, " +", " ", RegexOptions.None, Limit);

    private static Task<string> FingerprintAsync(LedgerHost ledger) => ledger.ScalarAsync<string>("""
        select data ->> 'fingerprint' from mt_events
        where data ->> 'legacy_id' = '00000000-0000-4000-8000-000000000011'
        """);
}
