using System.Text.Json;
using static EventLedger.Ledger.Tests.ImportingLegacyRows;

namespace EventLedger.Ledger.Tests;

/// <summary>Old rows that charged a request, and the envelopes of the same requests.</summary>
public class ImportingLegacyCharges
{
    private const string Metadata = """
        {"tokens_used":15,"model":"qwen3-coder","request_id":"r","tenant_id":"tenant-acme","latency_ms":423,
        "completed_at":"2026-11-21T17:00:00Z","colour":"blue"}
        """;

    [Fact]
    public async Task A_late_redelivery_collapses_onto_the_imported_row_on_both_paths()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -234, externalRef: "r", metadata: Metadata);
        await ImportAsync(ledger, old);

        await broker.PublishAsync(Envelopes.Of("amina", "r", micro: -234));
        await broker.PublishAsync(Envelopes.Of("amina", "r", micro: -234, observation: "o-1"));
        await broker.EverythingIsAcknowledgedAsync();

        (await ledger.RecordAsync(Envelopes.Of("amina", "r", micro: -234), 200))
            .GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        (await BalanceAsync(ledger)).ShouldBe(-234);
        (await ledger.DeadLettersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_imported_row_collapses_onto_the_envelope_that_came_first()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await ledger.RecordAsync(Envelopes.Of("amina", "r", micro: -234), 200);
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -234, externalRef: "r");

        Words(await ImportAsync(ledger, old)).ShouldContain("rows 1, booked 0, in the ledger before 1");

        (await BalanceAsync(ledger)).ShouldBe(-234);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Another_amount_is_reported_and_never_charged()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await using var old = await LegacyTables.CreateAsync();
        await ledger.RecordAsync(Envelopes.Of("amina", "first", micro: -1), 200);
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -2, externalRef: "first");
        await AddRowAsync(old, 12, 1, micro: -10, externalRef: "r");

        (await ImportAsync(ledger, old)).ShouldContain(
            $"refused row {LegacyTables.Id(11)}: is worth -2 OMR/6, but the ledger has -1 OMR/6 for it");
        await broker.PublishAsync(Envelopes.Of("amina", "r", micro: -11));
        await broker.EverythingIsAcknowledgedAsync();

        (await ledger.RecordAsync(Envelopes.Of("amina", "r", micro: -11), 409)).TryGetProperty("error", out _)
            .ShouldBeTrue();
        (await ledger.DeadLettersAsync()).Single().GetProperty("reason").GetString()
            .ShouldNotBeNull().ShouldContain("was booked with other content");
        (await BalanceAsync(ledger)).ShouldBe(-11);
    }

    [Fact]
    public async Task What_the_row_and_its_metadata_say_is_kept()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -234, externalRef: "other", metadata: Metadata);
        await AddRowAsync(old, 12, 1, micro: -1, externalRef: "wrong types", metadata: """{"tokens_used":"many"}""");
        await AddRowAsync(old, 13, 1, micro: -1, externalRef: "no object", metadata: "[1]");
        await ImportAsync(ledger, old);

        var charge = await DataAsync(ledger, "other");
        charge.GetProperty("tokens_used").GetInt64().ShouldBe(15);
        charge.GetProperty("model").GetString().ShouldBe("qwen3-coder");
        charge.GetProperty("completed_at").GetString().ShouldBe("2026-11-21T17:00:00Z");
        var extra = JsonElement.Parse(charge.GetProperty("extra").GetString()!);
        extra.GetProperty("metadata").GetProperty("colour").GetString().ShouldBe("blue");
        extra.GetProperty("legacy").GetProperty("id").GetGuid().ShouldBe(LegacyTables.Id(11));
        extra.GetProperty("legacy").GetProperty("request_id").GetString().ShouldBe("\"r\"");

        var wrong = await DataAsync(ledger, "wrong types");
        wrong.TryGetProperty("tokens_used", out _).ShouldBeFalse();
        wrong.GetProperty("completed_at").GetString().ShouldBe("2025-03-01T12:00:00Z");
        wrong.GetProperty("extra").GetString()!.ShouldContain("many");
        (await DataAsync(ledger, "no object")).GetProperty("extra").GetString()!.ShouldContain("[1]");
    }

    [Fact]
    public async Task Only_a_negative_worth_with_a_reference_is_a_charge_of_a_request()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, omr: 5, externalRef: "payment-7");
        await AddRowAsync(old, 12, 1, externalRef: "zero");
        await AddRowAsync(old, 13, 1, micro: -1, externalRef: " ");
        await AddRowAsync(old, 14, 1, micro: -1, externalRef: new string('r', 8193));
        await AddRowAsync(old, 15, 1, omr: 1, micro: -2_000_000, externalRef: "both");

        await ImportAsync(ledger, old);

        (await ledger.ScalarAsync<long>("select count(*) from mt_events where type = 'legacy_entry_imported'"))
            .ShouldBe(4);
        (await DataAsync(ledger, "both")).GetProperty("amount").GetInt64().ShouldBe(-1_000_000);
    }

    [Fact]
    public async Task A_row_whose_key_nobody_can_tell_keeps_its_own_id()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        var deep = $$"""{"x":{{new string('[', 70)}}{{new string(']', 70)}}}""";
        await AddRowAsync(old, 11, 1, micro: -1, externalRef: "deep", metadata: deep);
        await AddRowAsync(
            old, 12, 1, micro: -1, externalRef: "r", metadata: """{"node_id":7,"idempotency_key":"k"}""");
        await AddRowAsync(old, 13, 1, micro: -1, externalRef: "r");

        Words(await ImportAsync(ledger, old)).ShouldContain("ledger 3 -3 0");

        (await ledger.ScalarAsync<long>("select count(*) from mt_events where type = 'legacy_entry_imported'"))
            .ShouldBe(2);
        (await BalanceAsync(ledger)).ShouldBe(-3);
    }

    [Fact]
    public async Task A_second_row_for_the_same_request_keeps_its_money_under_its_own_id()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -5, externalRef: "r");
        await AddRowAsync(old, 12, 1, micro: -5, externalRef: "r");
        await AddRowAsync(old, 13, 1, micro: -7, externalRef: "q", metadata: Node("n", "k"));
        await AddRowAsync(old, 14, 1, micro: -7, externalRef: "p", metadata: Node("n", "k"));

        Words(await ImportAsync(ledger, old)).ShouldContain("ledger 4 -24 0");
        Words(await ImportAsync(ledger, old)).ShouldContain("rows 4, booked 0, in the ledger before 4");

        (await BalanceAsync(ledger)).ShouldBe(-24);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task A_row_that_comes_later_with_a_lower_id_books_nobody_twice()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 21, 1, micro: -5, externalRef: "r");
        await AddRowAsync(old, 31, 1, micro: -7, externalRef: "q", metadata: Node("n", "k"));
        await ImportAsync(ledger, old);
        await AddRowAsync(old, 20, 1, micro: -6, externalRef: "r");
        await AddRowAsync(old, 30, 1, micro: -8, externalRef: "p", metadata: Node("n", "k"));

        Words(await ImportAsync(ledger, old)).ShouldContain("rows 4, booked 2, in the ledger before 2");
        Words(await ImportAsync(ledger, old)).ShouldContain("rows 4, booked 0, in the ledger before 4");

        (await BalanceAsync(ledger)).ShouldBe(-26);
        (await ledger.RecordAsync(Envelopes.Of("amina", "r", micro: -5), 200)).GetProperty("duplicate").GetBoolean()
            .ShouldBeTrue();
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Where_the_first_row_can_t_be_imported_the_next_one_has_the_requests_key()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        var deep = $$"""{"x":{{new string('[', 70)}}{{new string(']', 70)}}}""";
        await AddRowAsync(old, 10, 1, omr: int.MinValue, micro: long.MinValue, externalRef: "refused");
        await AddRowAsync(old, 11, 1, micro: -5, externalRef: "refused");
        await AddRowAsync(old, 20, 1, micro: -6, externalRef: "unreadable", metadata: deep);
        await AddRowAsync(old, 21, 1, micro: -7, externalRef: "unreadable");
        await AddRowAsync(old, 30, 1, micro: long.MinValue, externalRef: "past the balance");
        await AddRowAsync(old, 31, 1, micro: -8, externalRef: "past the balance");

        var output = await ImportAsync(ledger, old);

        output.ShouldContain($"refused row {LegacyTables.Id(10)}");
        output.ShouldContain($"refused row {LegacyTables.Id(30)}: would take the customer's balance outside 64 bits");

        foreach (var (request, micro) in new[] { ("refused", -5L), ("unreadable", -7L), ("past the balance", -8L) })
        {
            (await ledger.RecordAsync(Envelopes.Of("amina", request, micro: micro), 200))
                .GetProperty("duplicate").GetBoolean().ShouldBeTrue(request);
        }

        (await BalanceAsync(ledger)).ShouldBe(-26);
    }

    [Fact]
    public async Task The_row_that_says_what_the_envelope_said_is_the_envelopes()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await ledger.RecordAsync(Envelopes.Of("amina", "r", micro: -5), 200);
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 10, 1, micro: -7, externalRef: "r");
        await AddRowAsync(old, 11, 1, micro: -5, externalRef: "r");
        await AddRowAsync(old, 12, 1, micro: -5, externalRef: "r");

        Words(await ImportAsync(ledger, old)).ShouldContain("rows 3, booked 2, in the ledger before 1");
        Words(await ImportAsync(ledger, old)).ShouldContain("rows 3, booked 0, in the ledger before 3");

        (await BalanceAsync(ledger)).ShouldBe(-17);
    }

    [Fact]
    public async Task A_charge_that_was_taken_back_in_the_old_table_is_reported()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -5, externalRef: "r");
        await ImportAsync(ledger, old);
        await old.ExecuteAsync("update credit_ledger set amount_micro_omr = 0");

        (await ImportAsync(ledger, old)).ShouldContain(
            $"refused row {LegacyTables.Id(11)}: is worth 0 OMR/6, but the ledger has -5 OMR/6 for it");
        (await BalanceAsync(ledger)).ShouldBe(-5);
    }

    [Fact]
    public async Task A_nodes_record_of_another_customer_is_not_this_ones()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await ledger.RecordAsync(Envelopes.Of("bilal", "r", micro: -5).Replace(
            "\"latency_ms\"", "\"node_id\":\"n\",\"idempotency_key\":\"k\",\"latency_ms\""), 200);
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -5, externalRef: "r", metadata: Node("n", "k"));

        (await ImportAsync(ledger, old)).ShouldContain("of customer bilal");
        (await BalanceAsync(ledger)).ShouldBe(0);
    }

    [Fact]
    public async Task A_nodes_record_that_comes_later_of_another_customer_is_not_the_rows()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(old, 11, 1, micro: -5, externalRef: "r", metadata: Node("n", "k"));
        await ImportAsync(ledger, old);

        foreach (var (customer, status) in (IEnumerable<(string, int)>)[("bilal", 409), ("amina", 200)])
        {
            await ledger.RecordAsync(Envelopes.Of(customer, "r", micro: -5).Replace(
                "\"latency_ms\"", "\"node_id\":\"n\",\"idempotency_key\":\"k\",\"latency_ms\""), status);
        }

        (await BalanceAsync(ledger)).ShouldBe(-5);
    }

    [Fact]
    public async Task A_row_is_worth_what_its_columns_say_whatever_asset_its_metadata_name()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await AddRowAsync(
            old, 11, 1, micro: -7, externalRef: "r",
            metadata: """{"node_id":"n","idempotency_key":"k","asset":"USD/2","amount":-5}""");

        Words(await ImportAsync(ledger, old)).ShouldContain("ledger 1 -7 0");

        (await BalanceAsync(ledger)).ShouldBe(-7);
        var charge = await DataAsync(ledger, "r");
        charge.GetProperty("asset").GetString().ShouldBe("OMR/6");
        charge.GetProperty("extra").GetString()!.ShouldContain("USD/2");
        (await ledger.RunAsync("rebuild", "balances", "--check")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task More_rows_of_one_request_than_a_batch_holds_stay_together()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var old = await LegacyTables.CreateAsync();
        await old.AddCustomerAsync(1, "amina");
        await old.ExecuteAsync("""
            insert into credit_ledger (id, customer_id, amount_omr, amount_micro_omr, external_ref, created_at)
            select md5('r' || n)::uuid, $1, 0, -1, case when n % 2 = 0 then 'r' else 'q-' || n end,
                '2025-01-01Z'::timestamptz + n * interval '1 second'
            from generate_series(1, 5000) as n
            """, LegacyTables.Id(1));

        Words(await ImportAsync(ledger, old)).ShouldContain("rows 5000, booked 5000, in the ledger before 0");
        Words(await ImportAsync(ledger, old)).ShouldContain("rows 5000, booked 0, in the ledger before 5000");

        (await BalanceAsync(ledger)).ShouldBe(-5000);
        (await ledger.ScalarAsync<long>("select count(*) from mt_events where type = 'usage_recorded'"))
            .ShouldBe(2501);
    }

    private static string Node(string node, string key) => $$"""{"node_id":"{{node}}","idempotency_key":"{{key}}"}""";

    private static async Task<string> ImportAsync(LedgerHost ledger, LegacyTables old)
    {
        var (exitCode, output) = await ledger.RunAsync("import-legacy", "--from", old.Url);
        exitCode.ShouldBe(0, output);
        return output;
    }

    private static async Task<long> BalanceAsync(LedgerHost ledger) =>
        (await ledger.BalanceAsync("amina"))!.Value.GetProperty("balance_micro_omr").GetInt64();

    private static async Task<JsonElement> DataAsync(LedgerHost ledger, string request) => JsonElement.Parse(
        await ledger.ScalarAsync<string>(
            $"select data::text from mt_events where data ->> 'request_id' = '{request}'"));
}
