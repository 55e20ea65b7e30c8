using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class RequestsUnderWay
{
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";

    [Fact]
    public async Task Are_few_up_to_the_number_of_processors_and_none_once_they_have_ended()
    {
        var goOn = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await goOn.Task;
            await call.SendAsync(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Usage.Length}\r\n\r\n{Usage}");
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        var lifetimes = proxy.Part<ClientLifetimes>();
        var few = Begin(Environment.ProcessorCount - 1);
        await Eventually.HoldsAsync(() => lifetimes.InUse == Environment.ProcessorCount - 1);

        using (var last = lifetimes.Begin(default, TimeSpan.FromMinutes(1), mayDrain: true))
        {
            last.IsOneOfFew.ShouldBeTrue();
            var oneMore = Begin(1);
            await Eventually.HoldsAsync(() => !last.IsOneOfFew);
            goOn.SetResult();
            await Task.WhenAll(few, oneMore);
        }

        await Eventually.HoldsAsync(() => lifetimes.InUse == 0);

        Task Begin(int count) => Task.WhenAll(
            Enumerable.Range(0, count).Select(_ => Client.SendOnceAsync(proxy.Port, "/v1/embeddings")));
    }
}
