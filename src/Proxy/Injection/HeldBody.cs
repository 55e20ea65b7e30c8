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
        var bytes = new MemoryStream((int)(request.ContentLength ?? FirstBytes));
        var buffer = new byte[FirstBytes];
        var body = request.Body;

        while (await body.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            bytes.Write(buffer.AsSpan(0, read));

            if (bytes.Length > bytesMax)
            {
                request.Body = new PrefixedStream(bytes.ToArray(), body);
                return null;
            }
        }

        return new(request, bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
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
