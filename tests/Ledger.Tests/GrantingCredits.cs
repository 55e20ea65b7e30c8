using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class GrantingCredits
{
    [Fact]
    public async Task A_grant_is_booked_once_and_the_same_again_answers_with_the_first_entry()
    {
        await using var ledger = await LedgerHost.StartAsync();

        var first = await ledger.GrantAsync("c", "g-1", 5_000_000);
        await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -1_000_000, tenant: null), 200);
        var again = await ledger.GrantAsync("c", "g-1", 5_000_000);

        first.GetProperty("balance_after").GetInt64().ShouldBe(5_000_000);
        first.GetProperty("balance_after_omr").GetInt64().ShouldBe(5);
        first.IsDuplicate().ShouldBeFalse();
        again.IsDuplicate().ShouldBeTrue();
        again.Entry().ShouldBe(first.Entry());
        again.GetProperty("balance_after_micro_omr").GetInt64().ShouldBe(4_000_000);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Other_content_under_a_grants_name_is_a_conflict()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var first = await ledger.GrantAsync("c", "g-1", 5);

        (await ledger.GrantAsync("c", "g-1", 6, 409)).Entry().ShouldBe(first.Entry());

        (await ledger.MicroBalanceAsync("c")).ShouldBe(5);
        (await ledger.GrantAsync("d", "g-1", 6)).IsDuplicate().ShouldBeFalse();
    }

    [Fact]
    public async Task Sent_by_many_at_once_it_is_booked_once()
    {
        await using var ledger = await LedgerHost.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ledger.GrantAsync("c", "g", 7)));

        answers.Count(answer => !answer.IsDuplicate()).ShouldBe(1);
        answers.Select(answer => answer.Entry()).Distinct().Count().ShouldBe(1);
        (await ledger.MicroBalanceAsync("c")).ShouldBe(7);
    }

    [Theory]
    [InlineData("\"amount_omr\":\"12.345678\"", "OMR/6", 12_345_678)]
    [InlineData("\"amount_omr\":0.5", "OMR/6", 500_000)]
    [InlineData("\"amount_micro_omr\":1", "OMR/6", 1)]
    [InlineData("\"amount_micro_omr\":\"9223372036854775807\"", "OMR/6", long.MaxValue)]
    [InlineData("\"amount\":250,\"asset\":\"USD/2\"", "USD/2", 250)]
    public async Task An_amount_is_given_in_one_of_three_ways(string amount, string asset, long units)
    {
        await using var ledger = await LedgerHost.StartAsync();

        var answer = await ledger.PostAsync(
            "/billing/credits",
            $$"""{"grant_id":"g","customer_id":"c","tenant_id":"t","reason":"top-up",{{amount}}}""", 200);

        answer.GetProperty("asset").GetString().ShouldBe(asset);
        answer.GetProperty("amount").GetInt64().ShouldBe(units);
        (await ledger.BalanceAsync("c"))!.Value.GetProperty("balances").GetProperty(asset).GetInt64().ShouldBe(units);
        await ledger.ShouldVerifyAsync();
    }

    [Theory]
    [InlineData("\"amount_omr\":\"1.0000001\"", "amount_omr")]
    [InlineData("\"amount_omr\":\"9223372036855\"", "amount_omr")]
    [InlineData("\"amount_omr\":\"1e40\"", "amount_omr")]
    [InlineData("\"amount_omr\":\"a lot\"", "amount_omr")]
    [InlineData("\"amount_micro_omr\":0", "amount")]
    [InlineData("\"amount_micro_omr\":-1", "amount")]
    [InlineData("\"amount_micro_omr\":1.5", "amount_micro_omr")]
    [InlineData("\"amount_micro_omr\":9223372036854775808", "amount_micro_omr")]
    [InlineData("\"amount\":1", "amount")]
    [InlineData("\"amount\":1,\"asset\":\"usd\"", "asset")]
    [InlineData("\"amount\":1,\"asset\":\"USD/2\",\"amount_omr\":\"1\"", "amount")]
    [InlineData("\"amount_omr\":\"1\",\"amount_micro_omr\":1000000", "amount")]
    [InlineData("\"amount_omr\":\"1\",\"amount_omr\":\"1\"", "amount_omr")]
    [InlineData("\"amount_omr\":\"1\",\"amount_mirco_omr\":1", "amount_mirco_omr")]
    [InlineData("\"amount_omr\":\"1\",\"grant_id\":null", "grant_id")]
    public async Task What_is_no_amount_is_refused_by_its_field(string amount, string field)
    {
        await using var ledger = await LedgerHost.StartAsync();
        var grant = amount.Contains("grant_id") ? "" : "\"grant_id\":\"g\",";

        var problem = await ledger.PostAsync(
            "/billing/credits",
            $$"""{ {{grant}}"customer_id":"c","tenant_id":"t","reason":"top-up",{{amount}}}""", 400);

        problem.GetProperty("field").GetString().ShouldBe(field, problem.ToString());
        (await ledger.BalanceAsync("c")).ShouldBeNull();
    }

    [Theory]
    [InlineData("grant_id"), InlineData("customer_id"), InlineData("reason")]
    public async Task Who_what_and_why_are_required(string field)
    {
        await using var ledger = await LedgerHost.StartAsync();

        foreach (var value in new[] { "null", "\" \"", "\"a\\u0000b\"", $"\"{new string('x', 9000)}\"" })
        {
            var fields = new Dictionary<string, string>
            {
                ["grant_id"] = "\"g\"",
                ["customer_id"] = "\"c\"",
                ["reason"] = "\"r\"",
                ["amount_micro_omr"] = "1",
                [field] = value,
            };
            var body = $"{{{string.Join(',', fields.Select(pair => $"\"{pair.Key}\":{pair.Value}"))}}}";

            (await ledger.PostAsync("/billing/credits", body, 400)).GetProperty("field").GetString().ShouldBe(field);
        }
    }

    [Fact]
    public async Task A_body_that_is_none_or_too_large_is_refused()
    {
        await using var ledger = await LedgerHost.StartAsync();

        foreach (var body in new[] { "", "null", "[]", "{", "\"x\"", $"{new string('[', 50)}{new string(']', 50)}" })
        {
            (await ledger.PostAsync("/billing/credits", body, 400)).Error().ShouldNotBeNullOrEmpty();
        }

        (await ledger.PostAsync("/billing/credits", new string(' ', 70_000), 413)).Error().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task An_unknown_customer_needs_a_tenant_and_a_known_one_has_its_own()
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ledger.GrantAsync("c", "g", 1, 404, tenant: null)).Error().ShouldContain("tenant_id");
        await ledger.GrantAsync("c", "g", 1, tenant: "t");
        await ledger.GrantAsync("c", "g-2", 1, tenant: null);
        (await ledger.GrantAsync("c", "g-3", 1, 409, tenant: "u")).Error().ShouldContain("another tenant");
    }

    [Fact]
    public async Task A_grant_opens_the_account_for_what_waited()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await broker.PublishAsync(Envelopes.Of("late", "r", micro: -1, tenant: null));
        await broker.EverythingIsAcknowledgedAsync();

        await ledger.GrantAsync("late", "g", 10);

        await Eventually.HoldsAsync(async () => await ledger.MicroBalanceAsync("late") == 9);
    }

    [Fact]
    public async Task A_grant_past_the_balances_bounds_is_refused()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.GrantAsync("c", "g-1", long.MaxValue);

        (await ledger.GrantAsync("c", "g-2", 1, 422)).Error().ShouldContain("64 bits");

        (await ledger.MicroBalanceAsync("c")).ShouldBe(long.MaxValue);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Grants_and_charges_of_many_add_up_and_every_view_agrees()
    {
        await using var ledger = await LedgerHost.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 60).Select(async n =>
        {
            var customer = $"c-{n % 5}";
            await ledger.GrantAsync(customer, $"g-{n}", 1000);
            var charged = await ledger.RecordAsync(Envelopes.Of(customer, $"r-{n}", micro: -10, tenant: "t"), 200);
            if (n % 2 == 0)
            {
                await ledger.ReverseAsync(charged.Entry());
            }
        }));

        for (var n = 0; n < 5; n++)
        {
            (await ledger.MicroBalanceAsync($"c-{n}")).ShouldBe((12 * 1000) - (6 * 10));
        }

        await ledger.ShouldVerifyAsync();
        var (exitCode, output) = await ledger.RunAsync("rebuild", "all", "--check");
        exitCode.ShouldBe(0, output);
    }
}
