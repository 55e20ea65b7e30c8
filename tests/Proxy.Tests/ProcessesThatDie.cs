using System.Collections.Concurrent;
using EventLedger.Embedded.Processes;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class ProcessesThatDie
{
    private const int Clients = 8;
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";

    [Fact]
    public async Task Every_response_that_was_whole_is_booked_once_whenever_the_proxy_is_killed()
    {
        var random = new Random(5);
        var folder = TestFolder.Make("spool");
        var answered = new ConcurrentBag<string>();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);

        for (var round = 0; round < Rounds.Of(few: 4, many: 100); round++)
        {
            // Every other life has no broker, so that the spool is what it leaves.
            var natsUrl = round % 2 == 0 ? broker.Server.Url : $"nats://127.0.0.1:{FreePort.Next()}";
            await using var proxy = await ProxyProcess.StartAsync(upstream, natsUrl, folder);
            var killAt = answered.Count + random.Next(1, 400);
            var load = Task.WhenAll(
                Enumerable.Range(0, Clients).Select(n => LoadAsync(proxy, $"{round}-{n}", answered)));

            await Eventually.HoldsAsync(() => answered.Count >= killAt);
            proxy.Send(Signal.Kill);
            await load;
        }

        await using var last = await ProxyProcess.StartAsync(upstream, broker.Server.Url, folder);
        await Eventually.HoldsAsync(() => !answered.Except(Booked(broker)).Any());
        Booked(broker).Distinct().Count().ShouldBe(Booked(broker).Count);
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_refuses_to_start()
    {
        var folder = TestFolder.Make("spool");
        await using var upstream = Upstream.StartJson(Usage);
        await using var first = await ProxyProcess.StartAsync(upstream, "nats://127.0.0.1:1", folder);
        await using var second = await ProxyProcess.StartAsync(upstream, "nats://127.0.0.1:1", folder);

        (await second.Exited).ShouldBe(1);
        second.LastWords.ShouldContain($"The spool folder {folder} belongs to another process");
        first.Exited.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_program_with_its_number()
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var first = await ProxyProcess.StartAsync(
            upstream, "nats://127.0.0.1:1", TestFolder.Make("spool"));
        await using var second = await ProxyProcess.StartAsync(
            upstream, "nats://127.0.0.1:1", TestFolder.Make("spool"), ("LISTEN_PORT", $"{first.Port}"));

        (await second.Exited).ShouldBe(1);
        second.LastWords.ShouldContain($"can't start: Failed to bind to address http://[::]:{first.Port}");
        second.LastWords.ShouldContain("set LISTEN_PORT");
        first.Exited.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_program_with_its_name_and_what_is_allowed()
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, "http://user:secret@x", TestFolder.Make("spool"));

        (await proxy.Exited).ShouldBe(1);
        proxy.LastWords.ShouldContain("NATS_URL is \"http://***@x\"; expected nats://");
    }

    [Fact]
    public async Task A_termination_publishes_what_is_left_and_exits_in_order()
    {
        var answered = new ConcurrentBag<string>();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await ProxyProcess.StartAsync(upstream, broker.Server.Url, TestFolder.Make("spool"));
        var load = Task.WhenAll(Enumerable.Range(0, Clients).Select(n => LoadAsync(proxy, $"{n}", answered)));

        await Eventually.HoldsAsync(() => answered.Count >= 100);
        proxy.Send(Signal.Terminate);
        await load;

        (await proxy.Exited).ShouldBe(0, proxy.LastWords);
        await Eventually.HoldsAsync(() => !answered.Except(Booked(broker)).Any());
    }

    // A client's request ids are new each time, so an envelope tells whose response it is for.
    private static async Task LoadAsync(ProxyProcess proxy, string name, ConcurrentBag<string> answered)
    {
        for (var n = 0; ; n++)
        {
            try
            {
                var id = $"{name}-{n}";
                var response = await Client.SendOnceAsync(
                    proxy.Port, "/v1/embeddings", headers: $"x-customer-id: c\r\nX-Request-Id: {id}\r\n");
                response.Text.ShouldBe(Usage);
                answered.Add(id);
            }
            catch (Exception gone) when (gone is IOException or System.Net.Sockets.SocketException)
            {
                return;
            }
        }
    }

    private static List<string> Booked(TestBroker broker) =>
    [
        .. broker.Published.Select(published => published.Envelope)
            .DistinctBy(envelope => envelope.ObservationId)
            .Select(envelope => envelope.RequestId),
    ];
}
