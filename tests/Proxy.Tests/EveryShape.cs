using System.Text;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Pricing;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Proxy.Tests.Usage;

namespace EventLedger.Proxy.Tests;

public class EveryShape
{
    private const int Seed = 20261121;
    private const int Splits = 5;
    private const int PieceBytesMax = 40;

    // A piece that is held back never comes: the upstream waits for it to arrive.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();

            foreach (var shape in Shapes.All)
            {
                foreach (var encoding in (string[])["identity", "gzip", "br", "deflate", "raw-deflate"])
                {
                    cases.Add(shape.Name, encoding);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Is_charged_exactly_and_arrives_chunk_for_chunk(string name, string encoding)
    {
        var shape = Shapes.All.Single(shape => shape.Name == name);
        var body = Compression.Encode(encoding, Encoding.UTF8.GetBytes(shape.Body));
        var random = new Random(Seed);
        var pieces = new Queue<byte[]>();
        var received = new SemaphoreSlim(0);
        await using var upstream = Upstream.Start(call => AnswerAsync(call, shape, encoding, pieces, received));
        await using var proxy = await TestProxy.StartAsync(upstream);

        for (var split = 0; split < Splits; split++)
        {
            pieces = Cut(body, random);
            await ReceiveAsync(proxy, shape, [.. pieces], received).WaitAsync(Limit);
        }

        var found = proxy.Envelopes();
        found.Count.ShouldBe(shape.Tokens.Total > 0 ? Splits : 0);
        found.ShouldAllBe(envelope => TokensOf(envelope) == shape.Tokens);
        found.ShouldAllBe(envelope => envelope.AmountMicroOmr == -156 * shape.Tokens.Total);
        found.ShouldAllBe(envelope => envelope.Stream == shape.IsStream && envelope.Endpoint == shape.Path);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    public async Task In_an_encoding_that_cannot_be_read_passes_and_is_counted(string encoding)
    {
        await using var upstream = Upstream.Start(
            call => call.AnswerAsync("application/json", "(encoded)", $"Content-Encoding: {encoding}\r\n"));
        await using var proxy = await TestProxy.StartAsync(upstream);

        var response = await Client.SendOnceAsync(proxy.Port, "/v1/embeddings");

        (response.Text, response.Head["Content-Encoding"]).ShouldBe(("(encoded)", encoding));
        (await proxy.UnmeteredAsync("encoding")).ShouldBe(1);
    }

    // The upstream sends a chunk only when the one before it has arrived.
    private static async Task AnswerAsync(
        UpstreamCall call, Shape shape, string encoding, Queue<byte[]> pieces, SemaphoreSlim received)
    {
        await call.ReadBodyAsync();
        var named = encoding is "identity" ? "" : $"Content-Encoding: {encoding.Replace("raw-", "")}\r\n";
        await call.BeginChunksAsync(shape.ContentType, named);

        while (pieces.TryDequeue(out var piece))
        {
            await call.SendChunkAsync(piece);
            await received.WaitAsync();
        }

        await call.EndChunksAsync();
    }

    private static async Task ReceiveAsync(TestProxy proxy, Shape shape, byte[][] pieces, SemaphoreSlim received)
    {
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(shape.Path, shape.Request);
        (await client.ReadHeadAsync()).Status.ShouldBe(200);

        foreach (var piece in pieces)
        {
            (await client.ReadChunkAsync()).ShouldBe(piece);
            received.Release();
        }

        (await client.ReadChunkAsync()).ShouldBeEmpty();
    }

    private static Queue<byte[]> Cut(byte[] body, Random random)
    {
        var pieces = new Queue<byte[]>();

        for (var at = 0; at < body.Length;)
        {
            var end = Math.Min(at + random.Next(1, PieceBytesMax), body.Length);
            pieces.Enqueue(body[at..end]);
            at = end;
        }

        return pieces;
    }

    private static TokenCounts TokensOf(UsageEnvelope envelope) => new(
        envelope.TokensUsed ?? 0,
        envelope.PromptTokens,
        envelope.CompletionTokens,
        envelope.CachedTokens,
        envelope.ReasoningTokens);
}
