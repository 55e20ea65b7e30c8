using System.Net;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class SpeakingHttp2
{
    [Fact]
    public async Task A_client_of_http2_gets_body_and_trailers_and_is_billed()
    {
        var port = FreePort.Next();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("application/json", "Trailer: X-Sum\r\n");
            await call.SendChunkAsync("""{"usage":{"total_tokens":15}}""");
            await call.EndChunksAsync("X-Sum: 9\r\n");
        });
        await using var proxy = await TestProxy.StartAsync(upstream, ("LISTEN_PORT_HTTP2", $"{port}"));
        using var client = new HttpClient
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        client.DefaultRequestHeaders.Add("x-customer-id", "c");

        using var response = await client.PostAsync($"http://127.0.0.1:{port}/v1/embeddings", new StringContent("{}"));

        (await response.Content.ReadAsStringAsync()).ShouldBe("""{"usage":{"total_tokens":15}}""");
        response.Version.ShouldBe(HttpVersion.Version20);
        response.TrailingHeaders.GetValues("X-Sum").ShouldBe(["9"]);
        proxy.Envelopes().ShouldHaveSingleItem().TokensUsed.ShouldBe(15);
    }
}
