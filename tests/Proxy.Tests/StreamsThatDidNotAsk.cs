using System.IO.Compression;
using System.Text;
using EventLedger.Proxy.Tests.Rig;

namespace EventLedger.Proxy.Tests;

public class StreamsThatDidNotAsk
{
    private const string Chat = "/v1/chat/completions";
    private const string Body = """{"model":"m","stream":true}""";

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task They_are_billed_and_their_clients_notice_nothing(string? encoding)
    {
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerAsync(call, encoding));
        await using var proxy = await TestProxy.StartAsync(upstream);

        var plain = await Client.SendOnceAsync(upstream.Port, Chat, Body);
        var proxied = await Client.SendOnceAsync(proxy.Port, Chat, Body);

        Decode(proxied.Body, encoding).ShouldBe(Decode(plain.Body, encoding));
        proxied.Head.Headers.Where(h => h.Name is not "Date").ShouldBe(plain.Head.Headers, ignoreOrder: true);
        proxy.Envelopes().ShouldHaveSingleItem().TokensUsed.ShouldBe(ChatUpstream.Tokens);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("raw-deflate")]
    public async Task They_are_billed_wherever_the_upstreams_bytes_are_split(string encoding)
    {
        var random = new Random(20261122);
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerInPiecesAsync(call, encoding, random));
        await using var proxy = await TestProxy.StartAsync(upstream);
        var plain = await Client.SendOnceAsync(upstream.Port, Chat, Body);

        for (var n = 1; n <= 10; n++)
        {
            var proxied = await Client.SendOnceAsync(proxy.Port, Chat, Body);

            Decode(proxied.Body, encoding).ShouldBe(Decode(plain.Body, encoding));
            proxy.Envelopes().Count.ShouldBe(n);
        }

        proxy.Envelopes().ShouldAllBe(envelope => envelope.TokensUsed == ChatUpstream.Tokens);
    }

    [Fact]
    public async Task Each_chunk_goes_on_when_it_comes()
    {
        var received = new SemaphoreSlim(0);
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerAsync(call, null, received));
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(Chat, Body);
        await client.ReadHeadAsync();

        for (var n = 0; n < ChatUpstream.Words; n++)
        {
            Encoding.UTF8.GetString(await client.ReadChunkAsync()).ShouldBe(ChatUpstream.Word(n, asked: false));
            received.Release();
        }
    }

    [Fact]
    public async Task A_client_that_asked_gets_what_it_asked_for()
    {
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerAsync(call, null));
        await using var proxy = await TestProxy.StartAsync(upstream);
        const string Asking = """{"stream":true,"stream_options":{"include_usage":true}}""";

        var response = await Client.SendOnceAsync(proxy.Port, Chat, Asking);

        response.Text.ShouldContain("\"usage\":{");
        Encoding.UTF8.GetString(upstream.Calls.ShouldHaveSingleItem().Body).ShouldBe(Asking);
        proxy.Envelopes().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_upstream_that_refuses_gets_the_original_request_and_is_not_asked_again()
    {
        await using var upstream = Upstream.Start(call => ChatUpstream.RefuseToBeAskedAsync(call));
        await using var proxy = await TestProxy.StartAsync(upstream);

        (await Client.SendOnceAsync(proxy.Port, Chat, Body)).Text.ShouldEndWith("data: [DONE]\n\n");
        (await Client.SendOnceAsync(proxy.Port, Chat, Body)).Text.ShouldEndWith("data: [DONE]\n\n");

        upstream.Calls.Select(call => Encoding.UTF8.GetString(call.Body).Contains("include_usage"))
            .ShouldBe([true, false, false]);
        (await proxy.UnmeteredAsync("no_usage")).ShouldBe(2);
        (await proxy.MetricsAsync())["injection_refused"]!.GetValue<long>().ShouldBe(1);
    }

    [Fact]
    public async Task A_client_cannot_provoke_a_refusal_for_the_others()
    {
        await using var upstream = Upstream.Start(call => call.AnswerAsync(
            "application/json", "{\"error\":\"stream_options: no\"}", status: "400 Bad Request"));
        await using var proxy = await TestProxy.StartAsync(upstream);

        var response = await Client.SendOnceAsync(proxy.Port, Chat, Body);
        await Client.SendOnceAsync(proxy.Port, Chat, Body);

        response.Status.ShouldBe(400);
        response.Text.ShouldBe("{\"error\":\"stream_options: no\"}");
        upstream.Calls.Count(call => Encoding.UTF8.GetString(call.Body).Contains("include_usage")).ShouldBe(2);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_refusal_is_known_in_an_encoding_too(string encoding)
    {
        await using var upstream = Upstream.Start(call => ChatUpstream.RefuseToBeAskedAsync(call, encoding));
        await using var proxy = await TestProxy.StartAsync(upstream);

        (await Client.SendOnceAsync(proxy.Port, Chat, Body)).Text.ShouldEndWith("data: [DONE]\n\n");
    }

    [Fact]
    public async Task Another_refusal_comes_back_as_it_is()
    {
        var error = new string('e', 200_000);
        await using var upstream = Upstream.Start(
            call => call.AnswerAsync("text/plain", error, "X-Why: no\r\n", "429 Too Many Requests"));
        await using var proxy = await TestProxy.StartAsync(upstream);

        var response = await Client.SendOnceAsync(proxy.Port, Chat, Body);

        (response.Status, response.Text, response.Head["X-Why"]).ShouldBe((429, error, "no"));
        upstream.Calls.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("""{"stream":true""", "injection_unreadable")]
    [InlineData("""{"stream":true,"messages":["long enough to pass the bound"]}""", "injection_too_large")]
    public async Task A_body_that_cannot_be_changed_passes_as_it_is_and_is_counted(string body, string counter)
    {
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerAsync(call, null));
        await using var proxy = await TestProxy.StartAsync(upstream, ("INJECT_BODY_MAX", "30"));

        await Client.SendOnceAsync(proxy.Port, Chat, body);
        await SendChunkedAsync(proxy.Port, body);

        upstream.Calls.Select(call => Encoding.UTF8.GetString(call.Body)).ShouldBe([body, body]);
        (await proxy.MetricsAsync())[counter]!.GetValue<long>().ShouldBe(2);
        (await proxy.UnmeteredAsync("no_usage")).ShouldBe(2);
    }

    [Fact]
    public async Task A_body_in_chunks_is_changed_too()
    {
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerAsync(call, null));
        await using var proxy = await TestProxy.StartAsync(upstream);

        await SendChunkedAsync(proxy.Port, Body);

        upstream.Calls.ShouldHaveSingleItem().Head.IsChunked.ShouldBeTrue();
        proxy.Envelopes().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task It_can_be_turned_off()
    {
        await using var upstream = Upstream.Start(call => ChatUpstream.AnswerAsync(call, null));
        await using var proxy = await TestProxy.StartAsync(upstream, ("INJECT_STREAM_USAGE", "false"));

        await Client.SendOnceAsync(proxy.Port, Chat, Body);

        Encoding.UTF8.GetString(upstream.Calls.ShouldHaveSingleItem().Body).ShouldBe(Body);
    }

    private static async Task SendChunkedAsync(int port, string body)
    {
        using var client = await Client.ConnectAsync(port);
        await client.SendTextAsync(
            $"POST {Chat} HTTP/1.1\r\nHost: x\r\nx-customer-id: c\r\nTransfer-Encoding: chunked\r\n\r\n"
            + $"{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
        await client.ReadResponseAsync();
    }

    private static string Decode(byte[] body, string? encoding)
    {
        using var decoder = encoding switch
        {
            "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
            "br" => new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),
            "deflate" => new ZLibStream(new MemoryStream(body), CompressionMode.Decompress),
            "raw-deflate" => new DeflateStream(new MemoryStream(body), CompressionMode.Decompress),
            _ => (Stream)new MemoryStream(body),
        };

        return new StreamReader(decoder).ReadToEnd();
    }
}
