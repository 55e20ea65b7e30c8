namespace EventLedger.Proxy.Usage;

/// <summary>
/// A stream of the bytes that it was fed; reading finds nothing when they are used up, until it is fed more.
/// </summary>
internal sealed class FedStream : ReadOnlyStream
{
    private const int BytesMax = 8 * 1024;

    private readonly byte[] bytes = new byte[BytesMax];
    private int start;
    private int end;

    /// <summary>The next byte that reading finds.</summary>
    public byte First => bytes[start];

    /// <summary>Takes as many of <paramref name="more"/> as fit once what it held was read; returns how many.</summary>
    public int Feed(ReadOnlySpan<byte> more)
    {
        var count = Math.Min(more.Length, bytes.Length);
        more[..count].CopyTo(bytes);
        (start, end) = (0, count);
        return count;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, end - start);
        bytes.AsSpan(start, count).CopyTo(buffer);
        start += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
