namespace EventLedger.Proxy.Injection;

/// <summary>A request's body, held so that it can be changed, and sent as it came if that is refused.</summary>
internal sealed class HeldBody
{
    private const int FirstBytes = 16 * 1024;

    private readonly HttpRequest request;

    private HeldBody(HttpRequest request, ReadOnlyMemory<byte> original) =>
        (this.request, Original) = (request, original);

    /// <summary>The body as it came.</summary>
    public ReadOnlyMemory<byte> Original { get; }

    /// <summary>
    /// Reads a body of at most <paramref name="bytesMax"/>; null where there is more, which then goes on unchanged.
    /// </summary>
    public static async Task<HeldBody?> ReadAsync(HttpRequest request, long bytesMax, CancellationToken cancellation)
    {
        // One byte more than was declared, for the read that finds the end.
        var bytes = new byte[(request.ContentLength ?? FirstBytes) + 1];
        var length = 0;

        while (await request.Body.ReadAsync(bytes.AsMemory(length), cancellation) is > 0 and var read)
        {
            length += read;

            if (length > bytesMax)
            {
                request.Body = new PrefixedStream(bytes.AsMemory(0, length), request.Body);
                return null;
            }

            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, length * 2);
            }
        }

        return new(request, bytes.AsMemory(0, length));
    }

    /// <summary>Puts other bytes in the body's place.</summary>
    public void Send(byte[] changed) => Replace(changed);

    /// <summary>Puts the body back.</summary>
    public void SendOriginal() => Replace(Original);

    private void Replace(ReadOnlyMemory<byte> bytes)
    {
        request.Body = new PrefixedStream(bytes, Stream.Null);
        request.ContentLength = request.ContentLength is null ? null : bytes.Length;
    }
}
