using System.Text;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class ClientsInNumbers
{
    private const string Asking = """{"stream":true,"stream_options":{"include_usage":true}}""";

    // As many as are read on at once where no setting says otherwise.
    private const int Clients = 1000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_thousand_that_hang_up_at_random_points_are_charged_what_the_upstream_sent()
    {
        var random = new Random(11);
        var points = Enumerable.Range(0, Clients).Select(_ => random.Next(-1, ChatUpstream.Words)).ToArray();
        var asked = Enumerable.Range(0, Clients).Select(_ => new TaskCompletionSource()).ToArray();
        var goOn = new TaskCompletionSource();
        await using var upstream = Upstream.Start(call => AnswerAsync(call, points, asked, goOn.Task));
        await using var proxy = await TestProxy.StartAsync(upstream);

        await Task.WhenAll(points.Select((point, n) => HangUpAsync(proxy, n, point, asked[n].Task))).WaitAsync(Limit);
        await Eventually.HoldsAsync(async () => await MetricAsync(proxy, "draining") == Clients, Limit);
        goOn.SetResult();

        await Eventually.HoldsAsync(async () => await MetricAsync(proxy, "draining") == 0, Limit);
        proxy.Envelopes().Select(envelope => (envelope.RequestId, envelope.TokensUsed)).Order().ShouldBe(
            Enumerable.Range(0, Clients).Select(n => ($"r{n}", (long?)TokensOf(n))).Order());
        proxy.Envelopes().ShouldAllBe(envelope => envelope.AmountMicroOmr == -156 * envelope.TokensUsed);
        (await MetricAsync(proxy, "drained")).ShouldBe(Clients);
    }

    private static int TokensOf(int n) => n + 1;

    // With -1 pieces it doesn't wait for the head either.
    private static async Task HangUpAsync(TestProxy proxy, int n, int point, Task asked)
    {
        using var client = await Client.ConnectAsync(proxy.Port);
        var (path, body) = (n % 3) switch
        {
            0 => ("/v1/chat/completions", Asking),
            1 => ("/v1/chat/completions", """{"stream":true}"""),
            _ => ("/v1/embeddings", "{}"),
        };
        await client.SendAsync(path, body, $"x-customer-id: c\r\nX-Request-Id: r{n}\r\n");
        await asked;

        // The head of a document comes with its first bytes.
        if (point > 0 || (point == 0 && IsStream(path)))
        {
            await client.ReadHeadAsync();
        }

        // Chunks that come together may go on as one, so it is bytes that tell how far the client got.
        var left = Pieces(path, n, wantsUsage: body is Asking).Take(Math.Max(point, 0)).Sum(piece => piece.Length);

        while (left > 0)
        {
            left -= (await client.ReadChunkAsync()).Length;
        }
    }

    // The rest comes only when all clients have gone.
    private static async Task AnswerAsync(UpstreamCall call, int[] points, TaskCompletionSource[] asked, Task goOn)
    {
        var n = int.Parse(call.Head["X-Request-Id"]![1..]);
        var wantsUsage = Encoding.UTF8.GetString(await call.ReadBodyAsync()).Contains("\"include_usage\":true");
        asked[n].SetResult();

        if (points[n] < 0)
        {
            await goOn;
        }

        await call.BeginChunksAsync(IsStream(call.Head.Target) ? "text/event-stream" : "application/json");

        foreach (var (at, piece) in Pieces(call.Head.Target, n, wantsUsage).Index())
        {
            await (at == points[n] ? goOn : Task.CompletedTask);
            await call.SendChunkAsync(piece);
        }

        await call.EndChunksAsync();
    }

    private static bool IsStream(string path) => path.EndsWith("/completions");

    private static IEnumerable<string> Pieces(string path, int n, bool wantsUsage) =>
        IsStream(path) ? Stream(n, wantsUsage) : Document(n);

    private static IEnumerable<string> Stream(int n, bool wantsUsage) =>
    [
        .. Enumerable.Range(0, ChatUpstream.Words).Select(word => ChatUpstream.Word(word, wantsUsage)),
        wantsUsage ? $"data: {{\"choices\":[],\"usage\":{{\"total_tokens\":{TokensOf(n)}}}}}\n\n" : ": none\n\n",
        "data: [DONE]\n\n",
    ];

    private static IEnumerable<string> Document(int n) =>
    [
        "{\"data\":[",
        .. Enumerable.Repeat("0.5,", ChatUpstream.Words - 1),
        $"1],\"usage\":{{\"total_tokens\":{TokensOf(n)}}}}}",
    ];

    private static async Task<long> MetricAsync(TestProxy proxy, string name) =>
        (await proxy.MetricsAsync())[name]!.GetValue<long>();
}
