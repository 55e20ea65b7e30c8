using System.Text;
using System.Text.Unicode;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// A response's body in the chunks of HTTP/1.1, with the upstream's trailers behind the last. The server makes chunks
/// too, but never a trailer: only where one is announced, its chunks are made here.
/// </summary>
internal sealed class TrailingStream(Stream body, HttpResponseMessage response) : DerivedStream(body)
{
    private const int SizeBytesMax = 10;
    private const int LineEndBytes = 2;

    private ReadOnlyMemory<byte> end;
    private bool hasEnded;

    /// <summary>Takes over how the response's body is framed, where that is what its trailers need.</summary>
    public static async Task FrameAsync(
        HttpContext context, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!HttpProtocol.IsHttp11(context.Request.Protocol) || HttpMethods.IsHead(context.Request.Method)
            || !response.Headers.NonValidated.Contains("Trailer")
            || response.Headers is not { TransferEncodingChunked: true, Trailer.Count: > 0 })
        {
            return;
        }

        context.Response.Headers.TransferEncoding = "chunked";
        response.Content = new StreamContent(
            new TrailingStream(await response.Content.ReadAsStreamAsync(cancellation), response));
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A read into nothing only waits for bytes.
        if (buffer.IsEmpty || hasEnded)
        {
            return hasEnded ? TakeEnd(buffer) : await Source.ReadAsync(buffer, cancellationToken);
        }

        var read = await Source.ReadAsync(buffer[SizeBytesMax..^LineEndBytes], cancellationToken);

        if (read == 0)
        {
            hasEnded = true;
            end = Encoding.Latin1.GetBytes(End());
            return TakeEnd(buffer);
        }

        Utf8.TryWrite(buffer.Span, $"{read:x}\r\n", out var size);
        buffer.Slice(SizeBytesMax, read).CopyTo(buffer[size..]);
        "\r\n"u8.CopyTo(buffer.Span[(size + read)..]);
        return size + read + LineEndBytes;
    }

    private int TakeEnd(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, end.Length);
        end[..count].CopyTo(buffer);
        end = end[count..];
        return count;
    }

    private string End()
    {
        var text = new StringBuilder("0\r\n");

        foreach (var trailer in response.TrailingHeaders.NonValidated)
        {
            text.Append(trailer.Key).Append(": ").Append(trailer.Value).Append("\r\n");
        }

        return text.Append("\r\n").ToString();
    }
}
