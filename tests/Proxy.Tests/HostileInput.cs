using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class HostileInput
{
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";
    private const string Path = "/v1/embeddings";
    private const long TenGibibytes = 10L * 1024 * 1024 * 1024;

    public static TheoryData<string> RequestIds =>
    [
        "../../../../tmp/x", "/etc/passwd", "..\\..\\x", "a\u00fc\u4e2d\ud83d\ude00", new string('r', 4096),
        "%00%2e%2e/",
        "';drop table mt_events;--", "{\"amount_micro_omr\":1}", "a\\u0000b",
    ];

    [Theory]
    [MemberData(nameof(RequestIds))]
    public async Task A_request_id_is_text_and_nothing_else(string id)
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);
        var files = FilesBeside(proxy.SpoolFolder);

        await Client.SendOnceAsync(proxy.Port, Path, headers: $"x-customer-id: c\r\nX-Request-Id: {id}\r\n");

        var envelope = proxy.Envelopes().ShouldHaveSingleItem();
        (envelope.RequestId, envelope.CustomerId, envelope.AmountMicroOmr).ShouldBe((id, "c", -2340));
        FilesBeside(proxy.SpoolFolder).ShouldBe(files);
        Directory.GetFileSystemEntries(proxy.SpoolFolder).Select(System.IO.Path.GetFileName).Order()
            .ShouldBe(["000000000001.segment", "owner", "state"]);
    }

    [Theory]
    [InlineData("X-Request-Id", 8193)]
    [InlineData("X-Request-Id", 20_000)]
    [InlineData("x-tenant-id", 513)]
    public async Task A_name_that_no_envelope_can_hold_is_as_none_and_the_customer_is_charged(string header, int length)
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(
            proxy.Port, Path, headers: $"x-customer-id: c\r\n{header}: {new string('n', length)}\r\n");

        var envelope = proxy.Envelopes().ShouldHaveSingleItem();
        (envelope.CustomerId, envelope.TenantId, envelope.AmountMicroOmr).ShouldBe(("c", null, -2340));
        Guid.TryParse(envelope.RequestId, out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\0b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nx-customer\r\n-id: c\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nx-a: b\rx-customer-id: c\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\n x-customer-id: c\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")]
    [InlineData("POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /v1/\0 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    public async Task A_malformed_request_is_refused_and_never_charged(string request)
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendTextAsync(request);

        (await client.ReadHeadAsync()).Status.ShouldBeInRange(400, 499);
        proxy.Spool.Waiting.ShouldBe(0);
        await StillServesAsync(proxy);
    }

    [Theory]
    [InlineData("x-customer-id")]
    [InlineData("X-Request-Id")]
    [InlineData("X-Anything")]
    public async Task A_header_of_a_megabyte_is_refused(string name)
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        try
        {
            await client.SendTextAsync(
                $"POST {Path} HTTP/1.1\r\nHost: x\r\n{name}: {new string('a', 1024 * 1024)}\r\n"
                + "Content-Length: 0\r\n\r\n");
            (await client.ReadHeadAsync()).Status.ShouldBe(431);
        }
        catch (IOException)
        {
            // Refused before all of it was sent.
        }

        proxy.Spool.Waiting.ShouldBe(0);
        await StillServesAsync(proxy);
    }

    [Fact]
    public async Task Deep_nesting_in_request_and_response_passes_and_is_charged()
    {
        var deep = new string('[', 10_000) + new string(']', 10_000);
        var json = $$$"""{"x":{{{deep}}},"usage":{"total_tokens":15}}""";
        await using var upstream = Upstream.StartJson(json);
        await using var proxy = await TestProxy.StartAsync(upstream);

        var response = await Client.SendOnceAsync(
            proxy.Port, "/v1/chat/completions", $$"""{"stream":true,"x":{{deep}}}""");

        response.Text.ShouldBe(json);
        proxy.Envelopes().ShouldHaveSingleItem().TokensUsed.ShouldBe(15);
    }

    [Theory]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/chat/completions")]
    public async Task A_declared_length_of_gigabytes_takes_no_memory(string path)
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, "nats://127.0.0.1:1", TestFolder.Make("spool"));
        var before = proxy.ResidentBytes;

        using (var client = await Client.ConnectAsync(proxy.Port))
        {
            await client.SendTextAsync(
                $"POST {path} HTTP/1.1\r\nHost: x\r\nx-customer-id: c\r\nContent-Length: {TenGibibytes}\r\n\r\n{{");
            await Eventually.HoldsAsync(() => upstream.Calls.Count == 1);
        }

        (proxy.ResidentBytes - before).ShouldBeLessThan(64 * 1024 * 1024);
        (await Client.SendOnceAsync(proxy.Port, path)).Text.ShouldBe(Usage);
    }

    [Fact]
    public async Task An_answer_that_declares_gigabytes_and_breaks_off_is_no_charge()
    {
        var received = new TaskCompletionSource();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.SendAsync(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {TenGibibytes}\r\n\r\n{{\"usage\":{{\"total_tokens\":15}},");
            await received.Task;
            call.BreakOff();
        });
        await using var proxy = await TestProxy.StartAsync(upstream);
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendAsync(Path);
        (await client.ReadHeadAsync()).ContentLength.ShouldBe(TenGibibytes);
        received.SetResult();

        await Eventually.HoldsAsync(async () => await proxy.UnmeteredAsync("cut_off") == 1);
        proxy.Envelopes().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_sends_its_headers_slowly_is_let_go()
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, ("HEADER_TIMEOUT", "100ms"));
        using var client = await Client.ConnectAsync(proxy.Port);

        await client.SendTextAsync("POST /v1/embeddings HTTP/1.1\r\nHost:");

        (await client.ReadHeadAsync()).Status.ShouldBe(408);
        await StillServesAsync(proxy);
    }

    [Theory]
    [InlineData("/v1/models/..%2Fchat/completions")]
    [InlineData("/v1/models/%2e%2e/chat/completions")]
    [InlineData("/api/../v1/chat/completions")]
    [InlineData("/api/..%2Fv1/chat/completions")]
    [InlineData("//v1//chat/completions")]
    [InlineData("/V1/chat/completions")]
    [InlineData("/%76%31/chat/completions")]
    public async Task A_path_written_another_way_is_billed_all_the_same(string path)
    {
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Client.SendOnceAsync(proxy.Port, path);

        proxy.Envelopes().ShouldHaveSingleItem();
    }

    private static IReadOnlyList<string> FilesBeside(string folder) =>
        [.. Directory.GetFileSystemEntries(System.IO.Path.GetDirectoryName(folder)!, "x*").Order()];

    private static async Task StillServesAsync(TestProxy proxy)
    {
        await Client.SendOnceAsync(proxy.Port, Path);
        proxy.Envelopes().ShouldHaveSingleItem().AmountMicroOmr.ShouldBe(-2340);
    }
}
