namespace EventLedger.Ledger.Tests.Nodes;

public class RecordingNodeUsage
{
    [Fact]
    public async Task A_record_is_booked_once_and_a_repetition_answers_with_the_first_result()
    {
        await using var ledger = await NodeUsage.StartAsync();

        var first = await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));
        var again = await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));

        first.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        again.GetProperty("ledger_entry_id").GetGuid().ShouldBe(first.GetProperty("ledger_entry_id").GetGuid());
        (await ledger.BalanceInAsync("u-1")).ShouldBe(-12);
        await ledger.ShouldVerifyAsync();
    }

    [Theory]
    [InlineData("k-1", "u-2", 12, "chat", "llm_tokens")]
    [InlineData("k-1", "u-1", 13, "chat", "llm_tokens")]
    [InlineData("k-1", "u-1", 12, "other", "llm_tokens")]
    [InlineData("k-1", "u-1", 12, "chat", "storage")]
    public async Task Other_content_under_the_nodes_key_is_a_conflict(
        string key, string user, long cents, string description, string kind)
    {
        await using var ledger = await NodeUsage.StartAsync();
        var first = await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));

        var conflict = await ledger.RecordUsageAsync(
            NodeUsage.Of(key, user, cents, description: description, kind: kind), 409);

        conflict.GetProperty("ledger_entry_id").GetGuid().ShouldBe(first.GetProperty("ledger_entry_id").GetGuid());
        (await ledger.BalanceInAsync("u-1")).ShouldBe(-12);
    }

    [Fact]
    public async Task The_same_key_of_two_users_at_the_same_moment_is_booked_for_one()
    {
        await using var ledger = await NodeUsage.StartAsync();

        for (var round = 0; round < 20; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
                n => ledger.PostAsync("/record_usage", NodeUsage.Of($"k-{round}", $"u-{round}-{n}"))));

            answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, .. Enumerable.Repeat(409, 7)]);
        }
    }

    [Fact]
    public async Task Two_nodes_may_use_the_same_key()
    {
        await using var ledger = await NodeUsage.StartAsync();

        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1", node: "node-b"));

        (await ledger.BalanceInAsync("u-1")).ShouldBe(-24);
    }

    [Fact]
    public async Task Without_a_secret_set_the_endpoint_is_off_and_with_one_it_must_be_sent()
    {
        await using var off = await LedgerHost.StartAsync();
        await using var on = await NodeUsage.StartAsync();

        await off.RecordUsageAsync(NodeUsage.Of("k-1"), 404);
        await on.RecordUsageAsync(NodeUsage.Of("k-1"), 401, secret: null);
        await on.RecordUsageAsync(NodeUsage.Of("k-1"), 403, secret: "another");
        (await on.ScalarAsync<long>("select count(*) from mt_events")).ShouldBe(0);
    }

    [Theory]
    [InlineData("asset", "EUR/3", "EUR/3")]
    [InlineData("asset", "OMR/6", "OMR/6")]
    public async Task The_asset_is_a_setting(string label, string value, string asset)
    {
        await using var ledger = await NodeUsage.StartAsync(("NODE_USAGE_ASSET", value));

        (await ledger.RecordUsageAsync(NodeUsage.Of("k-1"))).GetProperty(label).GetString().ShouldBe(asset);

        (await ledger.BalanceInAsync("u-1", asset)).ShouldBe(-12);
    }

    [Fact]
    public async Task An_unknown_user_is_opened_under_the_tenant_of_nodes_or_else_the_node()
    {
        await using var plain = await NodeUsage.StartAsync();
        await using var named = await NodeUsage.StartAsync(("NODE_TENANT", "tenant-acme"));
        await plain.RecordUsageAsync(NodeUsage.Of("k-1"));
        await named.RecordUsageAsync(NodeUsage.Of("k-1"));

        (await plain.ScalarAsync<string>("select tenant_id from accounts")).ShouldBe("node-a");
        (await named.ScalarAsync<string>("select tenant_id from accounts")).ShouldBe("tenant-acme");
    }

    [Fact]
    public async Task What_can_t_be_booked_is_refused_by_its_field()
    {
        await using var ledger = await NodeUsage.StartAsync();

        foreach (var (body, field) in new (string, string?)[]
        {
            ("not json", null), ("null", null), ("[]", null),
            (NodeUsage.Of("k", cents: 0), "amount_cents"), (NodeUsage.Of("k", cents: -1), "amount_cents"),
            (NodeUsage.Of("k").Replace("12", "1.5"), "amount_cents"),
            (NodeUsage.Of("k").Replace("12", "9223372036854775808"), "amount_cents"),
            (NodeUsage.Of(""), "idempotency_key"), (NodeUsage.Of("k\0"), "idempotency_key"),
            (NodeUsage.Of(new string('k', 10 * 1024)), "idempotency_key"),
            (NodeUsage.Of("k", node: "n\0"), "node_id"), (NodeUsage.Of("k", node: new string('n', 10_240)), "node_id"),
            (NodeUsage.Of("k", user: " "), "user_sid"), (NodeUsage.Of("k", kind: ""), "resource_kind"),
            (NodeUsage.Of("k", description: "half \\ud800").Replace(@"\\u", @"\u"), "description"),
            ("""{"node_id":"a","node_id":"b"}""", "node_id"),
        })
        {
            var problem = await ledger.RecordUsageAsync(body, 400);
            problem.GetProperty("field").GetString().ShouldBe(field, body);
        }

        await ledger.RecordUsageAsync(new string(' ', 300_000) + NodeUsage.Of("k"), 413);
        (await ledger.ScalarAsync<long>("select count(*) from mt_events")).ShouldBe(0);
    }

    [Fact]
    public async Task Hostile_names_are_kept_as_they_are()
    {
        await using var ledger = await NodeUsage.StartAsync();

        await ledger.RecordUsageAsync(NodeUsage.Of("../../k\nnext", node: "../../etc\n"));

        (await ledger.ScalarAsync<string>("select data ->> 'node_id' from mt_events where seq_id = 2"))
            .ShouldBe("../../etc\n");
    }

    [Fact]
    public async Task An_envelope_of_the_same_record_is_the_same_event()
    {
        await using var ledger = await NodeUsage.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        var first = await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));
        const string Metadata = """
            "request_id":"r","node_id":"node-a","idempotency_key":"k-1","amount":-12,"asset":"USD/2"
            """;
        var envelope = $$"""{"customer_id":"u-1","reason":"usage:newapi:m","metadata":{ {{Metadata}} } }""";

        await producer.PublishAsync(envelope);
        await producer.EverythingIsAcknowledgedAsync();
        var answer = await ledger.RecordAsync(envelope, 200);

        answer.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        answer.GetProperty("ledger_entry_id").GetGuid().ShouldBe(first.GetProperty("ledger_entry_id").GetGuid());
        (await ledger.BalanceInAsync("u-1")).ShouldBe(-12);
    }

    [Fact]
    public async Task An_envelope_in_another_asset_is_answered_with_the_balance_in_micro_OMR()
    {
        await using var ledger = await NodeUsage.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("u-1", "in OMR", micro: -7), 200);
        const string Envelope = """
            {"customer_id":"u-1","reason":"usage:newapi:m","metadata":{
            "request_id":"r","node_id":"node-a","idempotency_key":"k-1","amount":-12,"asset":"USD/2"} }
            """;

        foreach (var isDuplicate in (bool[])[false, true])
        {
            var answer = await ledger.RecordAsync(Envelope, 200);
            answer.GetProperty("duplicate").GetBoolean().ShouldBe(isDuplicate);
            answer.GetProperty("balance_after_micro_omr").GetInt64().ShouldBe(-7);
        }
    }
}
