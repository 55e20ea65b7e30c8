using System.Text;
using EventLedger.Contracts.Pricing;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Tests.Usage;

public class ScanningCompressed
{
    private static readonly string Answer = """{"data":"*","usage":{"total_tokens":15}}"""
        .Replace("*", string.Concat(Enumerable.Range(0, 5000)));

    public static TheoryData<string> Encodings => ["gzip", "x-gzip", "GZip", "br", "deflate", "identity"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Pieces_of_any_size_are_read(string encoding)
    {
        var bytes = Compression.Encode(encoding, Encoding.UTF8.GetBytes(Answer));

        foreach (var size in (int[])[1, 2, 7, 1000, 8192, 100_000])
        {
            var scanner = ContentEncodings.Decoding(new JsonUsageScanner(), [encoding]).ShouldNotBeNull();

            foreach (var piece in bytes.Chunk(size))
            {
                scanner.Scan(piece);
            }

            Pieces.Found(scanner).ShouldBe(new TokenCounts(15), $"in pieces of {size}");
            scanner.IsComplete.ShouldBeTrue();
        }
    }

    [Fact]
    public void Deflate_without_its_envelope_is_read_too()
    {
        var scanner = ContentEncodings.Decoding(new JsonUsageScanner(), ["deflate"]).ShouldNotBeNull();

        scanner.Scan(Compression.Encode("raw-deflate", Encoding.UTF8.GetBytes(Answer)));

        Pieces.Found(scanner).ShouldBe(new TokenCounts(15));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Events_are_seen_as_soon_as_the_upstream_flushes_them(string encoding)
    {
        var scanner = ContentEncodings.Decoding(new SseUsageScanner(), [encoding]).ShouldNotBeNull();
        var sent = new MemoryStream();
        using var encoder = Compression.Encoder(encoding, sent);

        encoder.Write("data: {\"usage\":{\"total_tokens\":15}}\n\n"u8);
        encoder.Flush();
        scanner.Scan(sent.ToArray());

        Pieces.Found(scanner).ShouldBe(new TokenCounts(15));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void Bytes_that_are_not_in_the_encoding_are_unmetered(string encoding)
    {
        var scanner = ContentEncodings.Decoding(new JsonUsageScanner(), [encoding]).ShouldNotBeNull();

        scanner.Scan("{\"usage\":{\"total_tokens\":15}} and more text than a header has"u8);
        scanner.End();

        Pieces.Found(scanner).ShouldBe(UnmeteredReason.Encoding);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip", "br")]
    public void Other_encodings_are_not_guessed_at(params string[] encodings) =>
        ContentEncodings.Decoding(new JsonUsageScanner(), encodings).ShouldBeNull();
}
