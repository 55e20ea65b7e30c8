using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// Tells whether an upstream refused a request because of the usage that was asked for on its client's behalf.
/// </summary>
internal static class StreamOptionsRefusal
{
    private const int BytesMax = 64 * 1024;

    /// <summary>Reads the beginning of a 4xx answer; if it says something else, the answer is as it was.</summary>
    public static async Task<bool> IsAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if ((int)response.StatusCode is < 400 or > 499)
        {
            return false;
        }

        var body = await response.Content.ReadAsStreamAsync(cancellation);
        var bytes = new byte[BytesMax];
        var read = await body.ReadAtLeastAsync(bytes, BytesMax, throwOnEndOfStream: false, cancellation);
        var beginning = bytes.AsMemory(0, read);

        if (NamesStreamOptions(ContentEncodings.Codec([.. response.Content.Headers.ContentEncoding]), beginning.Span))
        {
            return true;
        }

        response.Content = new StreamContent(new PrefixedStream(beginning, body));
        return false;
    }

    private static bool NamesStreamOptions(ContentCodec? codec, ReadOnlySpan<byte> beginning) =>
        (codec is null || beginning.IsEmpty ? beginning : Decode(codec, beginning)).IndexOf("stream_options"u8) >= 0;

    private static ReadOnlySpan<byte> Decode(ContentCodec codec, ReadOnlySpan<byte> beginning)
    {
        var decoded = new byte[BytesMax];
        var count = 0;

        try
        {
            using var decoder = codec.Decode(new MemoryStream(beginning.ToArray()), beginning[0]);

            while (decoder.Read(decoded, count, BytesMax - count) is > 0 and var read)
            {
                count += read;
            }
        }
        catch (Exception malformed) when (malformed is InvalidDataException or InvalidOperationException)
        {
            // Cut off at the bound, or no such encoding: what came before is all that it says.
        }

        return decoded.AsSpan(0, count);
    }
}
