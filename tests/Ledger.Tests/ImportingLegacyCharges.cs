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
