using System.Text;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class ForwardingUnchanged
{
    private const string Chat = "/v1/chat/completions";

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v1/models?limit=2&after=a%20b")]
    [InlineData("DELETE", "/v1/files/f%2F1")]
    [InlineData("PUT", "/api/x//y")]
    [InlineData("PATCH", "/v1/%C3%BC")]
    public async Task Method_and_target_arrive_as_they_were_sent(string method, string target)
    {
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(proxy.Port, target, "{}", method: method);

        upstream.Calls.ShouldHaveSingleItem().Head.FirstLine.ShouldBe($"{method} {target} HTTP/1.1");
    }

    [Fact]
    public async Task Request_headers_arrive_and_none_is_added()
    {
        const string Sent = "Authorization: Bearer sk-1\r\nAccept-Encoding: gzip, br\r\nX-Odd: a, b\r\nX-Odd: c\r\n"
            + "User-Agent: test/1\r\nCookie: a=b; c=d\r\nx-customer-id: c\r\n";
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(proxy.Port, Chat, headers: Sent);

        var head = upstream.Calls.ShouldHaveSingleItem().Head;
        head["Host"].ShouldBe($"127.0.0.1:{upstream.Port}");
        head.Headers.Where(h => h.Name is not "Host").Select(h => $"{h.Name.ToLowerInvariant()}: {h.Value}").ShouldBe(
            [
                "authorization: Bearer sk-1", "accept-encoding: gzip, br", "x-odd: a, b, c",
                "user-agent: test/1", "cookie: a=b; c=d", "x-customer-id: c", "content-type: application/json",
                "content-length: 2",
            ],
            ignoreOrder: true);
    }

    [Fact]
    public async Task Status_headers_and_body_come_back_as_they_were()
    {
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync(
                "application/json; charset=utf-8",
                "X-Oneapi-Request-Id: n-1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n",
                "203 Fine");
            await call.SendChunkAsync("{\"ü\":");
            await call.SendChunkAsync("1}");
            await call.EndChunksAsync();
        });
        await using var proxy = await TestProxy.StartAsync(upstream);

        var plain = await Client.SendOnceAsync(upstream.Port, Chat);
        var proxied = await Client.SendOnceAsync(proxy.Port, Chat);

        proxied.Head.FirstLine.ShouldBe("HTTP/1.1 203 Fine");
        proxied.Head.Headers.Where(h => h.Name is not "Date").ShouldBe(plain.Head.Headers, ignoreOrder: true);
        proxied.Body.ShouldBe(plain.Body);
    }

    [Fact]
    public async Task Each_chunk_goes_on_when_it_comes_and_as_it_is()
    {
        const int Chunks = 200;
        var received = new SemaphoreSlim(0);
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("text/event-stream");

            for (var n = 0; n < Chunks; n++)
            {
                await call.SendChunkAsync($"data: {{\"n\":{n}}}\n\n");
                await received.WaitAsync();
            }

            await call.EndChunksAsync();
        });
        await using var proxy = await TestProxy.StartAsync(upstream, ("INJECT_STREAM_USAGE", "false"));
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(Chat);
        (await client.ReadHeadAsync()).IsChunked.ShouldBeTrue();

        // The upstream sends the next chunk only when this one has arrived.
        for (var n = 0; n < Chunks; n++)
        {
            Encoding.UTF8.GetString(await client.ReadChunkAsync()).ShouldBe($"data: {{\"n\":{n}}}\n\n");
            received.Release();
        }

        (await client.ReadChunkAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST", Chat)]
    [InlineData("GET", "/api/events")]
    public async Task The_head_of_a_stream_goes_on_before_its_first_event_comes(string method, string path)
    {
        var received = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("text/event-stream");
            await received.Task;
            await call.EndChunksAsync();
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendAsync(path, """{"stream":true}""", method: method);

        (await client.ReadHeadAsync().WaitAsync(TimeSpan.FromSeconds(30))).Status.ShouldBe(200);
        received.SetResult();
        (await client.ReadChunkAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Trailers_that_were_announced_come_behind_the_chunks_and_the_connection_goes_on()
    {
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("application/json", "Trailer: X-Sum, X-Odd\r\n");
            await call.SendChunkAsync("""{"usage":""");
            await call.SendChunkAsync("""{"total_tokens":15}}""");
            await call.EndChunksAsync("X-Sum: 9\r\nX-Odd: ü\r\n");
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        var plain = await Client.SendOnceAsync(upstream.Port, Chat);
        using var client = await Client.ConnectAsync(proxy.Port);

        for (var n = 1; n <= 2; n++)
        {
            var proxied = await client.RequestAsync(Chat);

            proxied.Trailers.ShouldBe(plain.Trailers);
            proxied.Head["Trailer"].ShouldBe("X-Sum, X-Odd");
            proxied.Text.ShouldBe(plain.Text);
            proxy.Envelopes().Count.ShouldBe(n);
        }
    }

    [Fact]
    public async Task An_answer_of_many_megabytes_is_the_same_bytes_and_is_billed()
    {
        var filler = new string('x', 6 * 1024 * 1024);
        var json = $$$"""{"usage":{"total_tokens":15},"data":[{"b64_json":"{{{filler}}}"}]}""";
        await using var upstream = Upstream.StartJson(json);
        await using var proxy = await TestProxy.StartAsync(upstream);

        var response = await Client.SendOnceAsync(proxy.Port, "/v1/images/generations");

        response.Text.ShouldBe(json);
        response.Head.ContentLength.ShouldBe(json.Length);
        proxy.Envelopes().ShouldHaveSingleItem().TokensUsed.ShouldBe(15);
    }

    [Fact]
    public async Task An_upload_of_many_megabytes_arrives()
    {
        var body = new string('u', 8 * 1024 * 1024);
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(proxy.Port, "/v1/audio/transcriptions", body);

        upstream.Calls.ShouldHaveSingleItem().Body.Length.ShouldBe(body.Length);
    }

    [Fact]
    public async Task An_upload_that_pauses_arrives()
    {
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendTextAsync("POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{");

        // Longer than the server's own patience with slow clients, which is 5 s.
        await Elapse.ForAsync(TimeSpan.FromSeconds(7));
        await client.SendTextAsync("}");

        (await client.ReadResponseAsync()).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_client_that_asks_first_is_told_to_continue()
    {
        await using var upstream = Upstream.Start(async call =>
        {
            call.Head["Expect"].ShouldBe("100-continue");
            await call.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            await call.AnswerAsync("application/json", "{}");
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendTextAsync(
            "POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        (await client.ReadHeadAsync()).Status.ShouldBe(100);
        await client.SendAsync("{}");

        (await client.ReadResponseAsync()).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_connection_that_changes_its_protocol_carries_bytes_both_ways()
    {
        await using var upstream = Upstream.Start(async call =>
        {
            call.Head["Upgrade"].ShouldBe("websocket");
            await call.SendAsync(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello\n");
            (await call.ReadLineAsync()).ShouldBe("ping");
            await call.SendAsync("pong\n");
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendTextAsync(
            "GET /v1/realtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        (await client.ReadHeadAsync()).Status.ShouldBe(101);
        (await client.ReadLineAsync()).ShouldBe("hello");
        await client.SendTextAsync("ping\n");

        (await client.ReadLineAsync()).ShouldBe("pong");
    }

    [Fact]
    public async Task An_upstream_that_is_not_there_is_502_in_the_form_of_the_api()
    {
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(
            upstream, ("NEWAPI_UPSTREAM_URL", $"http://127.0.0.1:{FreePort.Next()}"));

        var response = await Client.SendOnceAsync(proxy.Port, Chat);

        response.Status.ShouldBe(502);
        response.Head["Content-Type"].ShouldBe("application/json");
        response.Text.ShouldBe(
            "{\"error\":{\"message\":\"The upstream can't be reached.\",\"type\":\"proxy_error\",\"param\":null,"
            + "\"code\":\"upstream_unreachable\"}}");
    }

    [Theory]
    [InlineData("REQUEST_TIMEOUT")]
    [InlineData("IDLE_TIMEOUT")]
    public async Task An_answer_that_falls_silent_is_broken_off_and_counted(string timeout)
    {
        // Many at once: their clients' connections are ended too, which must not pass for clients that went.
        const int Clients = 100;
        var end = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("text/event-stream");
            await call.SendChunkAsync("data: {}\n\n");
            await end.Task;
        });

        // Long enough for all answers to begin on a busy machine: one that hasn't is a 504 instead.
        await using var proxy = await TestProxy.StartAsync(upstream, (timeout, "3s"));

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using var client = await Client.ConnectAsync(proxy.Port);
            await client.SendAsync(Chat);
            await client.ReadHeadAsync();
            await client.ReadChunkAsync();

            await Should.ThrowAsync<IOException>(client.ReadChunkAsync());
        }));

        await Eventually.HoldsAsync(async () => await proxy.UnmeteredAsync("cut_off") == Clients);
        end.SetResult();
    }

    [Theory]
    [InlineData("REQUEST_TIMEOUT", "/v1/audio/transcriptions")]
    [InlineData("IDLE_TIMEOUT", "/v1/audio/transcriptions")]
    [InlineData("REQUEST_TIMEOUT", "/v1/chat/completions")]
    [InlineData("IDLE_TIMEOUT", "/v1/chat/completions")]
    public async Task An_upload_that_falls_silent_is_let_go(string timeout, string path)
    {
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(upstream, (timeout, "300ms"));
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendTextAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{");

        (await client.ReadHeadAsync()).Status.ShouldBeOneOf(408, 504);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_let_go()
    {
        var letGo = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("application/json");

            try
            {
                while (true)
                {
                    await call.SendChunkAsync(new string('x', 64 * 1024));
                }
            }
            catch (IOException)
            {
                letGo.SetResult();
            }
        });
        await using var proxy = await TestProxy.StartAsync(upstream, ("IDLE_TIMEOUT", "300ms"));
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendAsync("/v1/embeddings");

        await letGo.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("REQUEST_TIMEOUT")]
    [InlineData("IDLE_TIMEOUT")]
    public async Task An_upstream_that_does_not_answer_in_time_is_504(string timeout)
    {
        var end = new TaskCompletionSource();
        await using var upstream = Upstream.Start(_ => end.Task);
        await using var proxy = await TestProxy.StartAsync(upstream, (timeout, "200ms"));

        var response = await Client.SendOnceAsync(proxy.Port, Chat);

        response.Status.ShouldBe(504);
        response.Text.ShouldContain("\"code\":\"upstream_timeout\"");
        end.SetResult();
    }
}
