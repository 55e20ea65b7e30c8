using System.Net;
using System.Text;
using System.Text.Json;

namespace EventLedger.Ledger.Tests;

public class RecordingOverHttp
{
    [Fact]
    public async Task An_envelope_is_taken_whatever_type_its_sender_states()
    {
        await using var ledger = await LedgerHost.StartAsync();

        foreach (var type in (string[])["application/json", "text/plain", "application/x-www-form-urlencoded"])
        {
            using var body = new StringContent(Envelopes.Of("c", type), Encoding.UTF8, type);
            (await ledger.Client.PostAsync("/billing/metering/record", body)).StatusCode.ShouldBe(
                HttpStatusCode.OK, type);
        }
    }

    [Fact]
    public async Task A_charge_is_booked_once_and_a_repetition_answers_with_the_first_entry()
    {
        await using var ledger = await LedgerHost.StartAsync();

        var first = await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);
        var again = await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);

        first.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        first.GetProperty("balance_after_micro_omr").GetInt64().ShouldBe(-234);
        first.GetProperty("balance_after_omr").GetInt64().ShouldBe(0);
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        again.GetProperty("ledger_entry_id").GetGuid().ShouldBe(first.GetProperty("ledger_entry_id").GetGuid());
        again.GetProperty("balance_after_micro_omr").GetInt64().ShouldBe(-468);
    }

    [Fact]
    public async Task Other_content_under_a_booked_request_is_a_conflict()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var first = await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        var conflict = await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -235), 409);

        conflict.GetProperty("ledger_entry_id").GetGuid().ShouldBe(first.GetProperty("ledger_entry_id").GetGuid());
        conflict.GetProperty("error").GetString()!.ShouldContain("r");
        (await ledger.BalanceAsync("c"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-234);
    }

    [Fact]
    public async Task The_same_request_of_two_customers_is_two_charges()
    {
        await using var ledger = await LedgerHost.StartAsync();

        await ledger.RecordAsync(Envelopes.Of("a", "r"), 200);
        var other = await ledger.RecordAsync(Envelopes.Of("b", "r"), 200);

        other.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("not json", null)]
    [InlineData("""{"customer_id":"c","reason":"x","amount_micro_omr":-1,"metadata":{}}""", "metadata.request_id")]
    [InlineData("""{"reason":"x","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""", "customer_id")]
    [InlineData("""{"customer_id":"c","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""", "reason")]
    [InlineData("""{"customer_id":"c","reason":"x","metadata":{"request_id":"r"}}""", "amount_micro_omr")]
    [InlineData(
        """{"customer_id":"c","reason":"x","amount_micro_omr":5,"metadata":{"request_id":"r"}}""", "amount_micro_omr")]
    public async Task What_is_no_charge_is_refused_by_its_field(string body, string? field)
    {
        await using var ledger = await LedgerHost.StartAsync();

        var problem = await ledger.RecordAsync(body, 400);

        problem.GetProperty("field").GetString().ShouldBe(field);
        problem.GetProperty("error").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_body_past_the_bound_is_refused()
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ledger.RecordAsync(new string(' ', 1024 * 1024 + 1), 400))
            .GetProperty("error").GetString()!.ShouldContain("1048576");
    }

    [Fact]
    public async Task An_unknown_customer_needs_a_tenant()
    {
        await using var ledger = await LedgerHost.StartAsync();

        await ledger.RecordAsync(Envelopes.Of("c", "r", tenant: null), 404);
        await ledger.RecordAsync(Envelopes.Of("c", "r", tenant: "t"), 200);
        await ledger.RecordAsync(Envelopes.Of("c", "r-2", tenant: null), 200);
    }

    [Fact]
    public async Task A_charge_past_the_balances_bounds_is_refused_alone()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-1", micro: long.MinValue), 200);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            n => ledger.RecordAsync(Envelopes.Of(n == 7 ? "c" : $"c-{n}", "r-2"))));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.UnprocessableEntity).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(19);
    }

    [Fact]
    public async Task Answers_of_shared_commits_are_each_callers_own()
    {
        await using var ledger = await LedgerHost.StartAsync();

        var balances = await Task.WhenAll(Enumerable.Range(1, 200).Select(async n =>
            (await ledger.RecordAsync(Envelopes.Of("hot", $"r-{n}", micro: -1), 200))
                .GetProperty("balance_after_micro_omr").GetInt64()));

        balances.Order().ShouldBe(Enumerable.Range(1, 200).Select(n => (long)-n).Order());
    }

    [Theory]
    [InlineData("superadmin", 200)]
    [InlineData("sovereign-admin", 200)]
    [InlineData("auditor", 403)]
    [InlineData("tenant-admin", 403)]
    [InlineData("customer", 403)]
    public async Task Only_operators_may_charge(string role, int status)
    {
        await using var ledger = await LedgerHost.StartAsync();
        ledger.Client.DefaultRequestHeaders.Authorization = ledger.Bearer(role);

        var answer = await ledger.RecordAsync(Envelopes.Of("c", "r"), status);

        if (status != 200)
        {
            answer.GetProperty("error").GetString().ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task Whoever_has_no_valid_token_is_not_let_in()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var valid = ledger.Bearer("superadmin").Parameter!;

        foreach (var token in Tokens.Invalid(valid))
        {
            ledger.Client.DefaultRequestHeaders.Authorization = token is null ? null : new("Bearer", token);
            var answer = await ledger.RecordAsync(Envelopes.Of("c", "r"), 401);
            answer.GetProperty("error").GetString().ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task The_balance_is_shown_to_its_owner_operators_and_auditors()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        foreach (var (role, subject, status) in new[]
        {
            ("customer", "c", HttpStatusCode.OK), ("customer", "d", HttpStatusCode.Forbidden),
            ("auditor", "x", HttpStatusCode.OK), ("sovereign-admin", "x", HttpStatusCode.OK),
            ("superadmin", "x", HttpStatusCode.OK), ("made-up", "x", HttpStatusCode.Forbidden),
        })
        {
            ledger.Client.DefaultRequestHeaders.Authorization = ledger.Bearer(role, subject);
            (await ledger.Client.GetAsync("/billing/customers/c/balance")).StatusCode.ShouldBe(status, role);
        }

        ledger.Client.DefaultRequestHeaders.Authorization = ledger.Bearer("auditor");
        (await ledger.Client.GetAsync("/billing/customers/nobody/balance"))
            .StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ledger.Client.GetAsync("/billing/customers/a%00b/balance"))
            .StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await ledger.Client.GetAsync("/billing/dead-letters")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_balance_has_its_whole_shape()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-1", micro: -1_500_000), 200);
        await ledger.RecordAsync(Envelopes.Of("c", "r-2", micro: -234), 200);

        JsonSerializer.Serialize((await ledger.BalanceAsync("c"))!.Value).ShouldBe(
            """
            {"customer_id":"c","balance_omr":-1,"balance_micro_omr":-1500234,"entries":2,"position":3,
            "balances":{"OMR/6":-1500234}}
            """.ReplaceLineEndings(""));
    }
}
