using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class ClientsThatHangUp
{
    private const string Chat = "/v1/chat/completions";
    private const string Word = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n";
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"total_tokens\":15}}\n\n";
    private const string Done = "data: [DONE]\n\n";

    [Fact]
    public async Task The_rest_of_a_stream_is_read_and_billed_when_its_client_hangs_up()
    {
        var clientGone = new TaskCompletionSource();
        await using var upstream = Upstream.Start(call => StreamAsync(call, clientGone.Task));
        await using var proxy = await TestProxy.StartAsync(upstream);

        await HangUpAfterOneWordAsync(proxy);
        await Eventually.HoldsAsync(async () => await DrainingAsync(proxy) == 1);
        clientGone.SetResult();

        await Eventually.HoldsAsync(() => proxy.Envelopes().Count == 1);
        proxy.Envelopes()[0].TokensUsed.ShouldBe(15);
        await Eventually.HoldsAsync(async () => await DrainingAsync(proxy) == 0);
        (await proxy.MetricsAsync())["drained"]!.GetValue<long>().ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_that_has_not_begun_is_waited_for_and_billed()
    {
        var asked = new TaskCompletionSource();
        var clientGone = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            asked.SetResult();
            await clientGone.Task;
            await call.AnswerAsync("application/json", "{\"usage\":{\"total_tokens\":15}}");
        });
        await using var proxy = await TestProxy.StartAsync(upstream);

        using (var client = await Client.ConnectAsync(proxy.Port))
        {
            await client.SendAsync(Chat, headers: "x-customer-id: c\r\n");
            await asked.Task;
        }

        await Eventually.HoldsAsync(async () => await DrainingAsync(proxy) == 1);
        clientGone.SetResult();

        await Eventually.HoldsAsync(() => proxy.Envelopes().Count == 1);
    }

    [Theory]
    [InlineData("DRAIN_MAX_RESPONSES", "0")]
    [InlineData("DRAIN_MAX_TIME", "1ms")]
    [InlineData("DRAIN_MAX_BYTES", "1")]
    public async Task Past_a_budget_the_upstream_is_let_go_and_the_response_counted(string budget, string value)
    {
        var upstreamLetGo = new TaskCompletionSource();
        await using var upstream = Upstream.Start(call => StreamForeverAsync(call, upstreamLetGo));
        await using var proxy = await TestProxy.StartAsync(upstream, (budget, value));

        await HangUpAfterOneWordAsync(proxy);

        await upstreamLetGo.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await Eventually.HoldsAsync(async () => await proxy.UnmeteredAsync("drain_budget") == 1);
        proxy.Envelopes().ShouldBeEmpty();
    }

    [Fact]
    public async Task As_many_as_the_budget_allows_are_read_on_and_no_more()
    {
        var goOn = new TaskCompletionSource();
        await using var upstream = Upstream.Start(call => StreamAsync(call, goOn.Task));
        await using var proxy = await TestProxy.StartAsync(upstream, ("DRAIN_MAX_RESPONSES", "2"));

        for (var n = 1; n <= 3; n++)
        {
            await HangUpAfterOneWordAsync(proxy);
            await Eventually.HoldsAsync(async () => await DrainingAsync(proxy) == Math.Min(n, 2));
        }

        await Eventually.HoldsAsync(async () => await proxy.UnmeteredAsync("drain_budget") == 1);
        goOn.SetResult();
        await Eventually.HoldsAsync(() => proxy.Envelopes().Count == 2);
    }

    [Fact]
    public async Task What_is_not_charged_is_logged_with_its_request_id()
    {
        var upstreamLetGo = new TaskCompletionSource();
        await using var upstream = Upstream.Start(call => StreamForeverAsync(call, upstreamLetGo));
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, "nats://127.0.0.1:1", TestFolder.Make("spool"), ("DRAIN_MAX_RESPONSES", "0"));

        using (var client = await Client.ConnectAsync(proxy.Port))
        {
            await client.SendAsync(Chat, headers: "x-customer-id: c\r\nX-Request-Id: req-9\r\n");
            await client.ReadHeadAsync();
        }

        await Eventually.HoldsAsync(() => proxy.LastWords.Contains(
            "Response to request req-9 on /v1/chat/completions is unmetered: DrainBudget."));
    }

    [Fact]
    public async Task What_is_not_metered_is_let_go_at_once()
    {
        var upstreamLetGo = new TaskCompletionSource();
        await using var upstream = Upstream.Start(call => StreamForeverAsync(call, upstreamLetGo));
        await using var proxy = await TestProxy.StartAsync(upstream);

        await HangUpAfterOneWordAsync(proxy, "/api/events");

        await upstreamLetGo.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task HangUpAfterOneWordAsync(TestProxy proxy, string path = Chat)
    {
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(path, headers: "x-customer-id: c\r\n");
        await client.ReadHeadAsync();
        await client.ReadChunkAsync();
    }

    private static async Task<long> DrainingAsync(TestProxy proxy) =>
        (await proxy.MetricsAsync())["draining"]!.GetValue<long>();

    private static async Task StreamAsync(UpstreamCall call, Task goOn)
    {
        await call.ReadBodyAsync();
        await call.BeginChunksAsync("text/event-stream");
        await call.SendChunkAsync(Word);
        await goOn;
        await call.SendChunkAsync(Word);
        await call.SendChunkAsync(Usage);
        await call.SendChunkAsync(Done);
        await call.EndChunksAsync();
    }

    private static async Task StreamForeverAsync(UpstreamCall call, TaskCompletionSource letGo)
    {
        try
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("text/event-stream");

            while (true)
            {
                await call.SendChunkAsync(Word);
                await Task.Yield();
            }
        }
        catch (IOException)
        {
            letGo.TrySetResult();
        }
    }
}
