using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class MeteringResponses
{
    private const string Chat = "/v1/chat/completions";
    private const string Usage =
        """{"model":"Qwen3-Coder","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";
    private const string Identity = "x-customer-id: user-1\r\nx-tenant-id: tenant-acme\r\nX-Request-Id: req-1\r\n";

    [Fact]
    public async Task A_response_with_usage_makes_one_envelope_with_all_that_is_known()
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, ("USAGE_SOURCE", "gw-1"));

        var response = await Client.SendOnceAsync(proxy.Port, Chat, headers: Identity);

        response.Text.ShouldBe(Usage);
        var envelope = proxy.Envelopes().ShouldHaveSingleItem();
        envelope.CustomerId.ShouldBe("user-1");
        envelope.TenantId.ShouldBe("tenant-acme");
        envelope.RequestId.ShouldBe("req-1");
        envelope.AmountMicroOmr.ShouldBe(-15 * 156);
        envelope.Reason.ShouldBe("usage:newapi:qwen3-coder");
        envelope.Model.ShouldBe("Qwen3-Coder");
        (envelope.TokensUsed, envelope.PromptTokens, envelope.CompletionTokens).ShouldBe((15, 10, 5));
        envelope.Endpoint.ShouldBe(Chat);
        envelope.Stream.ShouldBe(false);
        envelope.UsageSource.ShouldBe("upstream");
        envelope.LatencyMs.ShouldNotBeNull().ShouldBeInRange(0, 60_000);
        envelope.CompletedAt.ShouldNotBeNull();
        Guid.TryParse(envelope.ObservationId, out _).ShouldBeTrue();
        (envelope.Source, envelope.Sequence).ShouldBe(("gw-1", 1));
        envelope.Epoch.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task The_envelope_is_on_disk_before_the_last_byte_is_sent()
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);

        for (var n = 1; n <= 50; n++)
        {
            await Client.SendOnceAsync(proxy.Port, Chat, headers: Identity);
            proxy.Envelopes().Count.ShouldBe(n);
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions", "401 Unauthorized", "application/json", Usage)]
    [InlineData("/v1/chat/completions", "500 Internal Server Error", "application/json", Usage)]
    [InlineData("/api/status", "200 OK", "application/json", Usage)]
    [InlineData("/api/v1/chat/completions", "200 OK", "application/json", Usage)]
    [InlineData("/v1/models", "200 OK", "application/json", Usage)]
    [InlineData("/v1/models/qwen", "200 OK", "application/json", Usage)]
    [InlineData("/v1/files", "200 OK", "application/json", Usage)]
    [InlineData("/v1x/chat/completions", "200 OK", "application/json", Usage)]
    [InlineData("/v1/chat/completions", "200 OK", "text/plain", Usage)]
    [InlineData("/v1/chat/completions", "200 OK", "application/json", "{\"usage\":{\"total_tokens\":0}}")]
    [InlineData("/v1/chat/completions", "200 OK", "application/json", "{\"choices\":[]}")]
    public async Task What_is_not_billed_makes_no_envelope(string path, string status, string type, string body)
    {
        await using var upstream = Upstream.Start(call => call.AnswerAsync(type, body, status: status));
        await using var proxy = await TestProxy.StartAsync(upstream);

        var response = await Client.SendOnceAsync(proxy.Port, path, headers: Identity);

        response.Head.FirstLine.ShouldBe($"HTTP/1.1 {status}");
        response.Text.ShouldBe(body);
        proxy.Envelopes().ShouldBeEmpty();
    }

    [Fact]
    public async Task Reading_a_stored_answer_again_is_not_billed()
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(proxy.Port, "/v1/responses/resp_1", "", Identity, "GET");

        proxy.Envelopes().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(9223372036854775807)]
    [InlineData(59124179723428051)]
    public async Task A_charge_outside_64_bits_is_unmetered_and_never_wrong(long tokens)
    {
        await using var upstream = Upstream.StartJson($$$"""{"usage":{"total_tokens":{{{tokens}}}}}""");
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(proxy.Port, Chat, headers: Identity);

        proxy.Envelopes().ShouldBeEmpty();
        (await proxy.UnmeteredAsync("overflow")).ShouldBe(1);
    }

    [Fact]
    public async Task An_upstream_that_breaks_off_is_no_charge_and_counted()
    {
        var begun = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("application/json");
            await call.SendChunkAsync("""{"usage":{"total_tokens":15},""");
            await begun.Task;
            call.BreakOff();
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(Chat, "{}", Identity);

        // What breaks off before its head came through is answered with 502 instead.
        await client.ReadHeadAsync();
        await client.ReadChunkAsync();
        begun.SetResult();

        await Should.ThrowAsync<IOException>(client.ReadChunkAsync());
        await Eventually.HoldsAsync(async () => await proxy.UnmeteredAsync("cut_off") == 1);
        proxy.Envelopes().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_that_breaks_off_after_it_stated_its_usage_is_charged_as_partial()
    {
        var received = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("text/event-stream");
            await call.SendChunkAsync("data: {\"model\":\"m\",\"usage\":{\"total_tokens\":15}}\n\n");
            await received.Task;
            call.BreakOff();
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(Chat, "{}", Identity);
        await client.ReadHeadAsync();
        await client.ReadChunkAsync();
        received.SetResult();

        await Eventually.HoldsAsync(() => proxy.Envelopes().Count == 1);
        var envelope = proxy.Envelopes()[0];
        (envelope.UsageSource, envelope.TokensUsed).ShouldBe(("partial", 15));
        (await proxy.UnmeteredAsync("cut_off")).ShouldBe(0);
    }

    [Fact]
    public async Task A_stated_zero_is_counted_as_free_and_nothing_is_estimated()
    {
        await using var upstream = Upstream.StartJson("""{"usage":{"prompt_tokens":0,"total_tokens":0}}""");
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(proxy.Port, Chat, headers: Identity);

        proxy.Envelopes().ShouldBeEmpty();
        (await proxy.MetricsAsync())["free"]!.GetValue<long>().ShouldBe(1);
        (await proxy.UnmeteredAsync("no_usage")).ShouldBe(0);
    }

    [Fact]
    public async Task The_status_paths_are_never_forwarded()
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);

        foreach (var path in (string[])["/healthz", "/readyz", "/metrics"])
        {
            (await Client.SendOnceAsync(proxy.Port, path, "", method: "GET")).Status.ShouldBe(200);
            (await Client.SendOnceAsync(proxy.Port, path)).Status.ShouldBe(200);
        }

        upstream.Calls.ShouldBeEmpty();
    }
}
