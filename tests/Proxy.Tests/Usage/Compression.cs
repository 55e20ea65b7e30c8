using System.IO.Compression;

namespace EventLedger.Proxy.Tests.Usage;

/// <summary>Writes the encodings that upstreams use.</summary>
internal static class Compression
{
    /// <summary>The bytes in an encoding.</summary>
    public static byte[] Encode(string encoding, byte[] bytes)
    {
        var encoded = new MemoryStream();

        using (var encoder = Encoder(encoding, encoded))
        {
            encoder.Write(bytes);
        }

        return encoded.ToArray();
    }

    /// <summary>A stream that encodes what is written to it.</summary>
    public static Stream Encoder(string encoding, Stream output) => encoding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(output, CompressionMode.Compress, leaveOpen: true),
        "br" => new BrotliStream(output, CompressionMode.Compress, leaveOpen: true),
        "deflate" => new ZLibStream(output, CompressionMode.Compress, leaveOpen: true),
        "raw-deflate" => new DeflateStream(output, CompressionMode.Compress, leaveOpen: true),
        _ => new BufferedStream(output),
    };
}
