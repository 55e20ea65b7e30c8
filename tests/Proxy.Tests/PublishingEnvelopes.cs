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
    public async Task What_is_refused_and_cannot_be_set_aside_is_tried_again_and_its_batch_waits_for_it()
    {
        await using var server = await TestNats.StartAsync("max_payload: 4096");
        await using var broker = await TestBroker.ReadAsync(server);
        await using var upstream = Upstream.StartJson(Usage);
        var folder = TestFolder.Make("spool");

        await using (var proxy = await TestProxy.StartAsync(upstream, ("SPOOL_DIR", folder)))
        {
            await RequestAsync(proxy, 2);
            await RequestLargeAsync(proxy);
            await RequestAsync(proxy, 3);
        }

        var inTheWay = await PutInTheWayAsync(folder);
        await using var again = await TestProxy.StartAsync(upstream, broker.Setting, ("SPOOL_DIR", folder));
        await broker.HasAsync(5);
        var failures = again.Part<PublishCounters>().Failures;
        var before = failures.Value;
        await Eventually.HoldsAsync(() => failures.Value > before);
        again.Part<PublishCounters>().Refused.Value.ShouldBe(0);
        again.Spool.Waiting.ShouldBe(6);

        File.Delete(inTheWay);
        await RequestAsync(again, 5);

        await broker.HasAsync(10);
        await AllIsSettledAsync(again, published: 10, refused: 1);
        again.Part<PublishCounters>().Acknowledged.Value.ShouldBe(10);
        broker.Published.Count.ShouldBe(10);
    }

    [Fact]
    public async Task What_is_refused_while_there_is_no_folder_stays_in_memory_until_there_is_one()
    {
        await using var server = await TestNats.StartAsync("max_payload: 4096");
        await using var broker = await TestBroker.ReadAsync(server);
        await using var upstream = Upstream.StartJson(Usage);
        var parent = Path.Combine(TestFolder.Make("later"), "parent");
        await File.WriteAllTextAsync(parent, "a file where a folder should be");
        await using var proxy = await TestProxy.StartAsync(
            upstream, broker.Setting, ("SPOOL_DIR", Path.Combine(parent, "spool")));

        await RequestLargeAsync(proxy);
        await RequestAsync(proxy, 5);
        await broker.HasAsync(5);
        await RequestAsync(proxy, 5);
        await broker.HasAsync(10);
        await Eventually.HoldsAsync(() => proxy.Spool.InMemory == 1);
        proxy.Part<PublishCounters>().Refused.Value.ShouldBe(0);

        File.Delete(parent);

        await AllIsSettledAsync(proxy, published: 10, refused: 1);
        broker.Published.Count.ShouldBe(10);
    }

    [Fact]
    public async Task What_is_refused_from_memory_and_cannot_be_set_aside_does_not_end_publishing_from_there()
    {
        await using var server = await TestNats.StartAsync("max_payload: 4096");
        await using var broker = await TestBroker.ReadAsync(server);
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting, ("SPOOL_MAX_BYTES", "65536"));
        var inTheWay = await PutInTheWayAsync(proxy.SpoolFolder);
        await RequestLargeAsync(proxy);
        var sent = 0;

        // What is refused holds up the disk, so that it fills.
        await Eventually.HoldsAsync(async () =>
        {
            await RequestAsync(proxy, 20);
            sent += 20;
            return proxy.Spool.IsDiskUnwell;
        });
        await RequestLargeAsync(proxy);
        await Eventually.HoldsAsync(() => proxy.Spool.InMemory == 1);
        var published = broker.BookedCount;
        await RequestAsync(proxy, 20);
        sent += 20;
        await Eventually.HoldsAsync(() => broker.BookedCount >= published + 20);

        File.Delete(inTheWay);

        await broker.HasAsync(sent);
        await AllIsSettledAsync(proxy, published: sent, refused: 2);
    }

    [Fact]
    public async Task What_was_read_before_reading_fails_is_published()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        var folder = TestFolder.Make("spool");

        await using (var proxy = await TestProxy.StartAsync(upstream, ("SPOOL_DIR", folder)))
        {
            await RequestAsync(proxy, 3);
        }

        var segment = Directory.GetFiles(folder, "*.segment").ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        var inTheWay = await PutInTheWayAsync(folder, "damaged");
        await using var again = await TestProxy.StartAsync(upstream, broker.Setting, ("SPOOL_DIR", folder));
        await broker.HasAsync(1);
        File.Delete(inTheWay);

        await broker.HasAsync(2);
        again.Spool.Counters.Damaged.Value.ShouldBe(1);
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

    private static Task RequestLargeAsync(TestProxy proxy) => Client.SendOnceAsync(
        proxy.Port, Chat, headers: $"x-customer-id: c\r\nX-Request-Id: {new string('r', 5000)}\r\n");

    // Where there is a file, root can't make a folder either.
    private static async Task<string> PutInTheWayAsync(string spoolFolder, string name = "refused")
    {
        var path = Path.Combine(spoolFolder, name);
        await File.WriteAllTextAsync(path, "a file where a folder should be");
        return path;
    }

    private static async Task AllIsSettledAsync(TestProxy proxy, int published, int refused)
    {
        await Eventually.HoldsAsync(() => proxy.Spool.Waiting == 0);
        proxy.Part<PublishCounters>().Refused.Value.ShouldBe(refused);
        Directory.GetFiles(Path.Combine(proxy.SpoolFolder, "refused")).Length.ShouldBe(refused);
        var hours = proxy.Spool.Counters.Hours.Read();
        (hours.Sum(hour => hour.Observed), hours.Sum(hour => hour.Published), hours.Sum(hour => hour.Refused))
            .ShouldBe((published + refused, published, refused));
        hours.ShouldAllBe(hour => hour.Difference == 0 && hour.Lost == 0);
    }

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
