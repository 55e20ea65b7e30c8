using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class ClientsInNumbers
{
    private const string Chat = "/v1/chat/completions";
    private const string Asking = """{"stream":true,"stream_options":{"include_usage":true}}""";
    private const int AtOnce = 100;

    [Fact]
    public async Task A_thousand_that_hang_up_at_random_points_are_charged_what_the_upstream_sent()
    {
        const int Clients = 1000;
        var random = new Random(11);
        var points = Enumerable.Range(0, Clients).Select(_ => random.Next(-1, ChatUpstream.Words + 3)).ToArray();
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerAsync(call, null));
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Parallel.ForAsync(
            0,
            Clients,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (n, _) => await HangUpAsync(proxy, n, points[n]));

        await Eventually.HoldsAsync(async () => (await proxy.MetricsAsync())["draining"]!.GetValue<long>() == 0);
        await Eventually.HoldsAsync(() => proxy.Envelopes().Count == upstream.Calls.Count);
        proxy.Envelopes().Sum(envelope => envelope.TokensUsed).ShouldBe(ChatUpstream.Tokens * upstream.Calls.Count);
        proxy.Envelopes().ShouldAllBe(envelope => envelope.AmountMicroOmr == -156 * ChatUpstream.Tokens);
        proxy.Envelopes().Select(envelope => envelope.RequestId).Distinct().Count().ShouldBe(upstream.Calls.Count);
    }

    // With -1 chunks it doesn't wait for the head either.
    private static async Task HangUpAsync(TestProxy proxy, int n, int chunks)
    {
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(Chat, Asking, $"x-customer-id: c\r\nX-Request-Id: r{n}\r\n");

        if (chunks >= 0)
        {
            await client.ReadHeadAsync();
        }

        while (chunks-- > 0 && (await client.ReadChunkAsync()).Length > 0)
        {
        }
    }
}
