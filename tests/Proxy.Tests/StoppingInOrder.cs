using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Tests.Rig;

namespace EventLedger.Proxy.Tests;

public class StoppingInOrder
{
    [Fact]
    public async Task A_request_that_does_not_end_is_given_its_time_and_then_let_go()
    {
        var asked = new TaskCompletionSource();
        var end = new TaskCompletionSource();
        await using var upstream = Upstream.Start(_ =>
        {
            asked.SetResult();
            return end.Task;
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync("/v1/embeddings");
        await asked.Task;

        await proxy.StopAsync().WaitAsync(2 * ShutdownGrace.TimeMax);

        (await client.ReadHeadAsync()).Status.ShouldBe(504);
        end.SetResult();
    }
}
