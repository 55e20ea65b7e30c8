using System.Net;
using System.Net.Sockets;
using System.Text;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class AnswersThatWait
{
    private const string Document = """{"usage":{"total_tokens":15}}""";
    private const string Events = $"data: {Document}\n\ndata: [DONE]\n\n";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // Longer than a record is waited for.
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(200);

    /// <summary>Every way in which an answer can be framed, and its last bytes come.</summary>
    public static TheoryData<string> Cases { get; } =
    [
        "a document of known length",
        "a document of known length in two pieces",
        "a document in chunks",
        "a document in chunks with a trailer",
        "a document in chunks whose end comes late",
        "a stream of events",
        "a stream of events whose usage is taken out",
        "a document in chunks, to HTTP/1.0",
        "a document in chunks, to HTTP/2",
        "a document in chunks with a trailer, to HTTP/2",
    ];

    [RootTheory]
    [MemberData(nameof(Cases))]
    public async Task End_only_when_the_record_is_on_disk_or_its_time_is_over(string name)
    {
        using var disk = TestDisk.InFile();
        var http2 = FreePort.Next();
        await using var upstream = Upstream.Start(call => AnswerAsync(call, name));
        await using var proxy = await TestProxy.StartAsync(
            upstream, ("SPOOL_DIR", disk.Folder), ("LISTEN_PORT_HTTP2", $"{http2}"));
        (await RequestAsync(proxy, http2, name)).ShouldEndWith(End(name));
        var notWaitedFor = proxy.Spool.Counters.NotWaitedFor.Value;

        disk.Freeze();

        try
        {
            // Its wait was over before its last byte came.
            (await RequestAsync(proxy, http2, name)).ShouldEndWith(End(name));
            proxy.Spool.Counters.NotWaitedFor.Value.ShouldBe(notWaitedFor + 1);
        }
        finally
        {
            disk.Thaw();
        }

        await Eventually.HoldsAsync(() => proxy.Spool.InMemory == 0);
        proxy.Envelopes().Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_there_goes_on_before_the_end_comes()
    {
        // Many at once, whose records others write, before or after the upstream is read on.
        const int Clients = 16;
        const int Requests = 200;
        var received = Enumerable.Range(0, Clients).Select(_ => new SemaphoreSlim(0)).ToArray();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("application/json");
            await call.SendChunkAsync(Document);
            await received[int.Parse(call.Head["x-client"]!)].WaitAsync();
            await call.EndChunksAsync();
        });
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Parallel.ForAsync(0, Clients, async (n, _) =>
        {
            using var client = await Client.ConnectAsync(proxy.Port);

            for (var request = 0; request < Requests; request++)
            {
                await client.SendAsync("/v1/embeddings", headers: $"x-customer-id: c\r\nx-client: {n}\r\n");
                await client.ReadHeadAsync();
                Encoding.UTF8.GetString(await client.ReadChunkAsync().WaitAsync(Limit)).ShouldBe(Document);
                received[n].Release();
                (await client.ReadChunkAsync()).ShouldBeEmpty();
            }
        });

        proxy.Envelopes().Count.ShouldBe(Clients * Requests);
    }

    private static string End(string name) => name.Contains("events") ? "[DONE]\n\n" : Document;

    private static async Task<string> RequestAsync(TestProxy proxy, int http2, string name)
    {
        if (name.EndsWith("HTTP/2"))
        {
            using var modern = new HttpClient
            {
                DefaultRequestVersion = HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            modern.DefaultRequestHeaders.Add("x-customer-id", "c");
            using var response = await modern.PostAsync(
                $"http://127.0.0.1:{http2}/v1/embeddings", new StringContent("{}"));
            return await response.Content.ReadAsStringAsync();
        }

        if (name.EndsWith("HTTP/1.0"))
        {
            using var old = new TcpClient("127.0.0.1", proxy.Port);
            await old.GetStream().WriteAsync(
                "POST /v1/embeddings HTTP/1.0\r\nx-customer-id: c\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray());
            return await new StreamReader(old.GetStream()).ReadToEndAsync();
        }

        var answer = await Client.SendOnceAsync(
            proxy.Port, "/v1/chat/completions", name.Contains("taken out") ? """{"stream":true}""" : "{}");
        return answer.Text;
    }

    private static async Task AnswerAsync(UpstreamCall call, string name)
    {
        await call.ReadBodyAsync();
        var trailer = name.Contains("trailer");

        if (name.Contains("known length"))
        {
            await call.SendAsync(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Document.Length}\r\n\r\n");
            var first = name.Contains("two pieces") ? 5 : Document.Length;
            await call.SendAsync(Document[..first]);
            await call.SendAsync(Document[first..]);
            return;
        }

        await call.BeginChunksAsync(
            name.Contains("events") ? "text/event-stream" : "application/json", trailer ? "Trailer: X-Sum\r\n" : "");
        await call.SendChunkAsync(name.Contains("events") ? Events : Document);

        if (name.Contains("late"))
        {
            await Elapse.ForAsync(Late);
        }

        await call.EndChunksAsync(trailer ? "X-Sum: 9\r\n" : "");
    }
}
