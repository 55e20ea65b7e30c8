using EventLedger.Embedded.Processes;
using EventLedger.Proxy.Publishing;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class PublishingEnvelopes
{
    private const string Chat = "/v1/chat/completions";
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";

    [Fact]
    public async Task What_is_observed_is_published_once_under_its_observation_id()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting);

        await RequestAsync(proxy, 20);
        await broker.HasAsync(20);

        broker.Published.Count.ShouldBe(20);
        broker.Published.ShouldAllBe(published => published.MessageId == published.Envelope.ObservationId);
        await Eventually.HoldsAsync(async () => (await proxy.MetricsAsync())["spool_drained"]!.GetValue<long>() == 20);
        var metrics = await proxy.MetricsAsync();
        metrics["published_ok"]!.GetValue<long>().ShouldBe(20);
        metrics["spooled"]!.GetValue<long>().ShouldBe(20);
        metrics["spool_drop_fatal"]!.GetValue<long>().ShouldBe(0);
    }

    [Fact]
    public async Task The_proxy_starts_without_a_broker_and_without_a_stream()
    {
        await using var server = await TestNats.StartAsync();
        await server.KillAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(
            upstream, ("NATS_URL", server.Url), ("NATS_PUBLISH_TIMEOUT", "200ms"));

        await RequestAsync(proxy, 5);
        (await Client.SendOnceAsync(proxy.Port, "/readyz", "", method: "GET")).Status.ShouldBe(200);
        await server.RestartAsync();
        await RequestAsync(proxy, 5);
        await Eventually.HoldsAsync(async () => (await proxy.MetricsAsync())["publish_failed"]!.GetValue<long>() > 0);

        await using var broker = await TestBroker.ReadAsync(server);
        await broker.HasAsync(10);
    }

    [Fact]
    public async Task A_broker_that_hangs_delays_no_client_and_costs_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(
            upstream, broker.Setting, ("NATS_PUBLISH_TIMEOUT", "200ms"));
        await RequestAsync(proxy, 10);
        await broker.HasAsync(10);

        broker.Server.Process.Send(Signal.Stop);
        await RequestAsync(proxy, 2 * BrokerConnection.InFlightMax);
        await Eventually.HoldsAsync(async () => (await proxy.MetricsAsync())["publish_failed"]!.GetValue<long>() > 0);
        broker.Server.Process.Send(Signal.Continue);

        await broker.HasAsync(10 + (2 * BrokerConnection.InFlightMax));
    }

    [Fact]
    public async Task What_the_broker_refuses_for_its_size_is_kept_aside_and_the_rest_goes_on()
    {
        await using var server = await TestNats.StartAsync("max_payload: 4096");
        await using var broker = await TestBroker.ReadAsync(server);
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting);
        var large = new string('r', 5000);

        await Client.SendOnceAsync(proxy.Port, Chat, headers: $"x-customer-id: c\r\nX-Request-Id: {large}\r\n");
        await RequestAsync(proxy, 5);

        await broker.HasAsync(5);
        var kept = Directory.GetFiles(Path.Combine(proxy.SpoolFolder, "refused")).ShouldHaveSingleItem();
        (await File.ReadAllTextAsync(kept)).ShouldContain(large);
        (await proxy.MetricsAsync())["publish_refused"]!.GetValue<long>().ShouldBe(1);
    }

    [Fact]
    public async Task A_broker_that_is_killed_costs_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting);

        for (var round = 0; round < 3; round++)
        {
            var requests = RequestAsync(proxy, 300);
            await broker.Server.KillAsync();
            await requests;
            await broker.Server.RestartAsync();
        }

        await broker.HasAsync(900);
    }

    [Fact]
    public async Task What_one_life_could_not_publish_the_next_one_does()
    {
        await using var server = await TestNats.StartAsync();
        await server.KillAsync();
        await using var upstream = Upstream.StartJson(Usage);
        var folder = TestFolder.Make("spool");

        await using (var proxy = await TestProxy.StartAsync(upstream, ("NATS_URL", server.Url), ("SPOOL_DIR", folder)))
        {
            await RequestAsync(proxy, 5);
        }

        await server.RestartAsync();
        await using var broker = await TestBroker.ReadAsync(server);
        await using var again = await TestProxy.StartAsync(upstream, broker.Setting, ("SPOOL_DIR", folder));
        await RequestAsync(again, 5);

        await broker.HasAsync(10);
        broker.Published.Select(published => published.Envelope.Sequence).ShouldBe(
            Enumerable.Range(1, 10).Select(n => (long?)n), ignoreOrder: true);
        broker.Published.Select(published => published.Envelope.Epoch).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_stop_in_order_publishes_what_is_left()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting);
        await RequestAsync(proxy, 200);

        await proxy.StopAsync();

        proxy.Spool.Waiting.ShouldBe(0);
        await broker.HasAsync(200);
    }

    [Fact]
    public async Task A_stop_in_order_waits_for_requests_and_takes_no_new_ones()
    {
        var asked = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.Start(async call =>
        {
            asked.SetResult();
            await goOn.Task;
            await call.AnswerAsync("application/json", Usage);
        });
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting);

        var request = Client.SendOnceAsync(proxy.Port, Chat);
        await asked.Task;
        var stop = proxy.StopAsync();
        await Eventually.HoldsAsync(async () => await RefusesConnectionsAsync(proxy.Port));
        goOn.SetResult();

        (await request).Text.ShouldBe(Usage);
        await stop;
        await broker.HasAsync(1);
    }

    [Fact]
    public async Task The_same_request_id_is_charged_each_time()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting);

        for (var n = 0; n < 100; n++)
        {
            await Client.SendOnceAsync(proxy.Port, Chat, headers: "x-customer-id: c\r\nX-Request-Id: same\r\n");
        }

        await broker.HasAsync(100);
        broker.Published.Select(published => published.Envelope.RequestId).Distinct().ShouldBe(["same"]);
    }

    private static Task RequestAsync(TestProxy proxy, int count) => Parallel.ForAsync(
        0, count, async (_, _) => (await Client.SendOnceAsync(proxy.Port, Chat)).Status.ShouldBe(200));

    private static async Task<bool> RefusesConnectionsAsync(int port)
    {
        try
        {
            using var client = await Client.ConnectAsync(port);
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }
}
