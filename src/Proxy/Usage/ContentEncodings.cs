using System.IO.Compression;

namespace EventLedger.Proxy.Usage;

/// <summary>How the bytes of one encoding are read and written.</summary>
/// <param name="Decode">A stream of the plain bytes; the first encoded byte tells apart the forms of
/// <c>deflate</c>.</param>
/// <param name="Encode">A stream that encodes what is written to it.</param>
internal sealed record ContentCodec(Func<Stream, byte, Stream> Decode, Func<Stream, byte, Stream> Encode);

/// <summary>The encodings of responses that can be read.</summary>
internal static class ContentEncodings
{
    private const int ZlibMethod = 8;

    private static readonly ContentCodec GZip = new(
        static (encoded, _) => new GZipStream(encoded, CompressionMode.Decompress),
        static (encoded, _) => new GZipStream(encoded, CompressionMode.Compress, leaveOpen: true));

    private static readonly ContentCodec Brotli = new(
        static (encoded, _) => new BrotliStream(encoded, CompressionMode.Decompress),
        static (encoded, _) => new BrotliStream(encoded, CompressionLevel.Fastest, leaveOpen: true));

    // The name stands for zlib's form, but some servers send the bare one.
    private static readonly ContentCodec Deflate = new(
        static (encoded, first) => IsZlib(first)
            ? new ZLibStream(encoded, CompressionMode.Decompress)
            : new DeflateStream(encoded, CompressionMode.Decompress),
        static (encoded, first) => IsZlib(first)
            ? new ZLibStream(encoded, CompressionMode.Compress, leaveOpen: true)
            : new DeflateStream(encoded, CompressionMode.Compress, leaveOpen: true));

    /// <summary>The codec of a response; null where it is plain, or can't be read.</summary>
    public static ContentCodec? Codec(IReadOnlyList<string> encodings) =>
        encodings is [var single]
            ? single.Trim().ToLowerInvariant() switch
            {
                "gzip" or "x-gzip" => GZip,
                "br" => Brotli,
                "deflate" => Deflate,
                _ => null,
            }
            : null;

    /// <summary>The scanner for a response in <paramref name="encodings"/>; null where they can't be read.</summary>
    public static IUsageScanner? Decoding(IUsageScanner inner, IReadOnlyList<string> encodings) =>
        IsPlain(encodings) ? inner
        : Codec(encodings) is { } codec ? new DecodingScanner(inner, codec)
        : null;

    private static bool IsPlain(IReadOnlyList<string> encodings) =>
        encodings is [] || (encodings is [var single] && single.Trim().ToLowerInvariant() is ("" or "identity"));

    private static bool IsZlib(byte first) => (first & 0x0F) == ZlibMethod;
}
