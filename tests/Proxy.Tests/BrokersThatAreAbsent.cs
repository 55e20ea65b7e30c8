using EventLedger.Embedded.Processes;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class BrokersThatAreAbsent
{
    private const int Clients = 8;
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";

    private const int PerSecond = 1000;

    // Twenty seconds, or ten minutes.
    private static readonly int Requests = Rounds.Of(few: 20, many: 600) * PerSecond;

    [Fact]
    public async Task All_is_published_soon_after_the_broker_comes_back_a_restart_between_included()
    {
        var folder = TestFolder.Make("spool");
        await using var server = await TestNats.StartAsync();
        await server.KillAsync();
        await using var upstream = Upstream.StartJson(Usage);

        await using (var first = await ProxyProcess.StartAsync(upstream, server.Url, folder))
        {
            await RequestAsync(first.Port, Requests / 2);
            first.Send(Signal.Terminate);
            (await first.Exited).ShouldBe(0, first.LastWords);
        }

        await using var second = await ProxyProcess.StartAsync(upstream, server.Url, folder);
        await RequestAsync(second.Port, Requests / 2);
        await server.RestartAsync();
        await using var broker = await TestBroker.ReadAsync(server);

        await Eventually.HoldsAsync(() => broker.Published.Count >= Requests, within: TimeSpan.FromSeconds(60));
        broker.Published.Count.ShouldBe(Requests);
        broker.Published.Select(published => (published.Envelope.Epoch, published.Envelope.Sequence)).Distinct().Count()
            .ShouldBe(Requests);
        broker.Published.Max(published => published.Envelope.Sequence).ShouldBe(Requests);
    }

    private static Task RequestAsync(int port, int count) => Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
    {
        using var client = await Client.ConnectAsync(port);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1) * Clients / PerSecond);

        for (var n = 0; n < count / Clients; n++)
        {
            await pace.WaitForNextTickAsync();
            (await client.RequestAsync("/v1/embeddings")).Text.ShouldBe(Usage);
        }
    }));
}
