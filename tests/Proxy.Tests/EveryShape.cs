using System.Text;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Proxy.Tests.Usage;

namespace EventLedger.Proxy.Tests;

public class EveryShape
{
    private const int Seed = 20261121;
    private const int Splits = 5;

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
    public async Task Is_charged_exactly_and_arrives_unchanged(string name, string encoding)
    {
        var shape = Shapes.All.Single(shape => shape.Name == name);
        var body = Compression.Encode(encoding, Encoding.UTF8.GetBytes(shape.Body));
        var random = new Random(Seed);
        await using var upstream = Upstream.Start(call => AnswerInPiecesAsync(call, shape, encoding, body, random));
        await using var proxy = await TestProxy.StartAsync(upstream);

        for (var split = 0; split < Splits; split++)
        {
            var response = await Client.SendOnceAsync(proxy.Port, shape.Path, shape.Request);

            response.Body.ShouldBe(body);
        }

        proxy.Envelopes().Select(envelope => (envelope.TokensUsed, envelope.AmountMicroOmr, envelope.Stream)).ShouldBe(
            Enumerable.Repeat(
                ((long?)shape.Tokens, -156 * shape.Tokens, (bool?)shape.IsStream), shape.Tokens > 0 ? Splits : 0));
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

    private static async Task AnswerInPiecesAsync(
        UpstreamCall call, Shape shape, string encoding, byte[] body, Random random)
    {
        await call.ReadBodyAsync();
        var named = encoding is "identity" ? "" : $"Content-Encoding: {encoding.Replace("raw-", "")}\r\n";
        await call.BeginChunksAsync(shape.ContentType, named);

        for (var at = 0; at < body.Length;)
        {
            var count = Math.Min(random.Next(1, 40), body.Length - at);
            await call.SendChunkAsync(body.AsSpan(at, count));
            at += count;
        }

        await call.EndChunksAsync();
    }
}
