using EventLedger.Embedded.Processes;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;
using Xunit.Abstractions;

namespace EventLedger.Proxy.Tests;

public class BrokersThatAreAbsent(ITestOutputHelper output)
{
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";
    private const int PerSecond = 1000;

    // Twenty seconds without a broker, or ten minutes; half of it before the restart and half behind.
    private static readonly TimeSpan HalfAbsent = TimeSpan.FromSeconds(Rounds.Of(few: 20, many: 600)) / 2;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(Rounds.Of(few: 3, many: 60));
    private static readonly TimeSpan Beginning = TimeSpan.FromSeconds(5);

    // What was on its way to the reader when its connection ended comes to it again after a minute.
    private static readonly TimeSpan ReadTimeMax = TimeSpan.FromMinutes(3);

    private int sent;

    [Fact]
    public async Task All_is_published_soon_after_the_broker_comes_back_a_restart_between_included()
    {
        var folder = TestFolder.Make("spool");
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage, remembers: false);

        await using (var first = await ProxyProcess.StartAsync(upstream, broker.Server.Url, folder))
        {
            await SendAsync("after a start", first, Beginning);
            await SendAsync("the broker there", first, Before);
            await broker.Server.KillAsync();
            await SendAsync("the broker absent", first, HalfAbsent);
            first.Send(Signal.Terminate);
            (await first.Exited).ShouldBe(0, first.LastWords);
        }

        await using var second = await ProxyProcess.StartAsync(upstream, broker.Server.Url, folder);
        await SendAsync("the broker absent, after a restart", second, Beginning);
        await SendAsync("the broker still absent", second, HalfAbsent - Beginning);
        var spooled = sent;
        await broker.Server.RestartAsync();
        var published = Eventually.BecomesAsync(
            broker.CountHeldAsync, held => held >= spooled, within: TimeSpan.FromSeconds(60));
        await SendAsync("the broker back", second, Before);
        await published;
        await Eventually.BecomesAsync(broker.CountHeldAsync, held => held >= sent);

        // What the reader had acknowledged when the broker was killed may come to it again.
        await broker.HasAsync(sent, ReadTimeMax);
        broker.Published.Select(each => (each.Envelope.Epoch, each.Envelope.Sequence)).Distinct().Count()
            .ShouldBe(sent);
        broker.Published.Max(each => each.Envelope.Sequence).ShouldBe(sent);
    }

    private async Task SendAsync(string when, ProxyProcess proxy, TimeSpan time)
    {
        var latencies = await PacedLoad.RunAsync(proxy.Port, PerSecond, time, Usage);
        sent += latencies.Count;
        output.WriteLine($"{when}, {latencies}");
    }
}
