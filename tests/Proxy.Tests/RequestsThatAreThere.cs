using System.Text;
using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Tests.Rig;

namespace EventLedger.Proxy.Tests;

public class RequestsThatAreThere
{
    private const string Chat = "/v1/chat/completions";

    [Theory]
    [InlineData("/v1/embeddings", "{}")]
    [InlineData("/other", "{}")]
    [InlineData(Chat, """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(Chat, """{"stream":true}""")]
    public async Task They_go_on_in_one_piece(string path, string body)
    {
        var pieces = new List<bool>();
        await using var upstream = Upstream.Start(async call =>
        {
            pieces.Add(call.CameInOnePiece);
            await call.ReadBodyAsync();
            await call.AnswerAsync("application/json", "{}");
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        for (var n = 0; n < 20; n++)
        {
            (await client.RequestAsync(path, body)).Status.ShouldBe(200);
        }

        pieces.Count.ShouldBe(20);
        pieces.ShouldAllBe(isWhole => isWhole);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    public async Task One_whose_body_is_still_to_come_does_not_hold_its_head(string begin)
    {
        var headCame = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            headCame.SetResult();
            await call.ReadBodyAsync();
            await call.AnswerAsync("application/json", "{}");
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendTextAsync($"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{begin}");
        await headCame.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await client.SendTextAsync("{}"[begin.Length..]);

        (await client.ReadResponseAsync()).Status.ShouldBe(200);
        upstream.Calls.Single().Body.ShouldBe("{}"u8.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    [InlineData(HeldBody.WholeBytesMax)]
    [InlineData(HeldBody.WholeBytesMax + 1)]
    public async Task They_arrive_as_they_are_whatever_their_length(int length)
    {
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        foreach (var path in (string[])["/v1/embeddings", Chat])
        {
            (await client.RequestAsync(path, new string('x', length))).Status.ShouldBe(200);
        }

        foreach (var call in upstream.Calls)
        {
            Encoding.UTF8.GetString(call.Body).ShouldBe(new string('x', length));
            call.Head["Content-Length"].ShouldBe($"{length}");
            call.Head["Transfer-Encoding"].ShouldBeNull();
        }
    }
}
