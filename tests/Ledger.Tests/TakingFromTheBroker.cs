using System.Text;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class TakingFromTheBroker
{
    [Fact]
    public async Task A_nodes_key_of_many_customers_at_the_same_moment_is_charged_to_each_of_them()
    {
        const int Customers = 8;
        const int Keys = 20;
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);

        await Task.WhenAll(Enumerable.Range(0, Customers * Keys).Select(n => broker.PublishAsync(
            Envelopes.Of($"c-{n % Customers}", $"r-{n}", micro: -5).Replace(
                "\"latency_ms\"", $"\"node_id\":\"n\",\"idempotency_key\":\"k-{n / Customers}\",\"latency_ms\""))));
        await broker.EverythingIsAcknowledgedAsync();

        (await ledger.DeadLettersAsync()).ShouldBeEmpty();
        (await ledger.ScalarAsync<string>("select string_agg(distinct balance::text, ' ') from balances"))
            .ShouldBe($"{-5 * Keys}");
        (await ledger.ScalarAsync<long>(
            "select count(*) from mt_events where data ->> 'request_id_reused' = 'true'"))
            .ShouldBe((Customers - 1) * Keys);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task The_stream_and_the_consumer_have_the_settings_that_lose_nothing()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);

        var stream = (await broker.JetStream.GetStreamAsync("CATALYST_USAGE", CancellationToken.None))!.Config;
        stream.Storage.ShouldBe("file");
        stream.Retention.ShouldBe("limits");
        stream.Subjects.ShouldBe(["catalyst.usage.recorded"]);
        stream.MaxAge.ShouldBe(TimeSpan.FromDays(14));

        var consumer = await broker.JetStream.GetConsumerAsync(
            "CATALYST_USAGE", "sme-billing-metering", CancellationToken.None);
        consumer!.Config.AckPolicy.ShouldBe("explicit");
        consumer.Config.DeliverPolicy.ShouldBe("all");
        consumer.Config.MaxDeliver.ShouldBe(-1);
    }

    [Fact]
    public async Task An_envelope_is_booked_and_the_same_again_changes_nothing()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);

        await broker.PublishAsync(Envelopes.Of("c", "r", micro: -2340));
        await broker.PublishAsync(Envelopes.Of("c", "r", micro: -2340));
        await broker.PublishAsync(Envelopes.Of("c", "last", micro: -1));

        await BalanceBecomesAsync(ledger, "c", -2341);
        (await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -2340), 200))
            .GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        await broker.EverythingIsAcknowledgedAsync();
    }

    [Fact]
    public async Task A_client_that_repeats_its_request_id_pays_each_time()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);

        for (var round = 0; round < 2; round++)
        {
            for (var n = 0; n < 50; n++)
            {
                await broker.PublishAsync(Envelopes.Of("c", "always-the-same", micro: -10, observation: $"o-{n}"));
            }
        }

        await broker.EverythingIsAcknowledgedAsync();
        await BalanceBecomesAsync(ledger, "c", -500);
        (await ledger.ScalarAsync<long>("select count(*) from mt_events where data ? 'request_id_reused'"))
            .ShouldBe(49);
    }

    [Fact]
    public async Task Broken_envelopes_are_kept_with_a_reason_and_hold_nobody_up()
    {
        string[] broken =
        [
            "", "not json", "[]", "{}", """{"customer_id":7}""",
            """{"customer_id":"c","reason":"x","amount_micro_omr":-1,"metadata":{}}""",
            """{"reason":"x","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""",
            """{"customer_id":"c","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""",
            """{"customer_id":"c","reason":"x","amount_micro_omr":0,"metadata":{"request_id":"r"}}""",
            """{"customer_id":"c","reason":"x","amount_micro_omr":1,"metadata":{"request_id":"r"}}""",
            """
            {"customer_id":"c","reason":"x","amount_micro_omr":-9223372036854775809,
            "metadata":{"request_id":"r"}}
            """,
            """{"customer_id":"c\u0000","reason":"x","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""",
            """{"customer_id":"\ud800","reason":"x","amount_micro_omr":-1,"metadata":{"request_id":"r"}}""",
            $"{{\"x\":{new string('[', 40)}{new string(']', 40)}}}",
        ];
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);

        foreach (var (n, body) in broken.Index())
        {
            await broker.PublishAsync(body);
            await broker.PublishAsync(Envelopes.Of("c", $"behind-{n}", micro: -1));
        }

        await BalanceBecomesAsync(ledger, "c", -broken.Length);
        var letters = await ledger.DeadLettersAsync();
        letters.Select(letter => Encoding.UTF8.GetString(letter.GetProperty("body_base64").GetBytesFromBase64()))
            .ShouldBe(broken, ignoreOrder: true);
        letters.ShouldAllBe(letter => letter.GetProperty("reason").GetString()!.Length > 10);
        await broker.EverythingIsAcknowledgedAsync();
    }

    [Fact]
    public async Task A_charge_past_the_balances_bounds_becomes_a_dead_letter_alone()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);

        await broker.PublishAsync(Envelopes.Of("full", "r-1", micro: long.MinValue));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(
            n => broker.PublishAsync(Envelopes.Of(n == 50 ? "full" : "c", $"r-{n}", micro: -1))));

        await BalanceBecomesAsync(ledger, "c", -99);
        var letter = (await Eventually.BecomesAsync(ledger.DeadLettersAsync, letters => letters.Length > 0)).Single();
        letter.GetProperty("reason").GetString()!.ShouldContain("64 bits");
        await BalanceBecomesAsync(ledger, "full", long.MinValue);
    }

    [Fact]
    public async Task What_waits_for_its_customer_is_booked_when_the_account_opens()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);

        for (var n = 0; n < 20; n++)
        {
            await broker.PublishAsync(Envelopes.Of("late", $"r-{n}", micro: -1, tenant: null));
        }

        await broker.EverythingIsAcknowledgedAsync();
        (await ledger.ScalarAsync<long>("select count(*) from waiting")).ShouldBe(20);
        (await ledger.BalanceAsync("late")).ShouldBeNull();

        await broker.PublishAsync(Envelopes.Of("late", "opens", micro: -1, tenant: "t"));

        await BalanceBecomesAsync(ledger, "late", -21);
        (await ledger.ScalarAsync<long>("select count(*) from waiting")).ShouldBe(0);
    }

    [Fact]
    public async Task Who_waited_for_a_day_is_given_up_and_kept()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await broker.PublishAsync(Envelopes.Of("never", "r", tenant: null));
        await broker.EverythingIsAcknowledgedAsync();

        await ledger.ExecuteAsync(
            "update waiting set received_at = now() - interval '24 hours', next_attempt_at = now()");

        var letters = await Eventually.BecomesAsync(ledger.DeadLettersAsync, letters => letters.Length == 1);
        letters[0].GetProperty("reason").GetString()!.ShouldContain("24 h");
        (await ledger.ScalarAsync<long>("select count(*) from waiting")).ShouldBe(0);
    }

    [Fact]
    public async Task Intake_goes_on_after_the_broker_was_killed()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await broker.PublishAsync(Envelopes.Of("c", "r-1", micro: -1));
        await BalanceBecomesAsync(ledger, "c", -1);

        await ledger.Nats.KillAsync();
        await ledger.Nats.RestartAsync();
        await broker.PublishAsync(Envelopes.Of("c", "r-2", micro: -1));

        await BalanceBecomesAsync(ledger, "c", -2);
    }

    private static Task BalanceBecomesAsync(LedgerHost ledger, string customer, long micro) => Eventually.BecomesAsync(
        () => ledger.BalanceAsync(customer),
        balance => balance?.GetProperty("balance_micro_omr").GetInt64() == micro);
}
