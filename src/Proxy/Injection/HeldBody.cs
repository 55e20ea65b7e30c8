using System.Buffers;

namespace EventLedger.Proxy.Injection;

/// <summary>
/// A request's body that was read before it is sent: so that it can be changed, and sent as it came if that is
/// refused, and so that a small one goes on in one piece with its head.
/// </summary>
internal sealed class HeldBody
{
    /// <summary>The largest body that is sent as a whole.</summary>
    public const int WholeBytesMax = 64 * 1024;

    private const int FirstBytes = 16 * 1024;

    private readonly HttpRequest request;

    private HeldBody(HttpRequest request, ReadOnlyMemory<byte> original) =>
        (this.request, Original, Current) = (request, original, original);

    /// <summary>The body as it came.</summary>
    public ReadOnlyMemory<byte> Original { get; }

    /// <summary>The body as it is sent.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>Whether other bytes are in its place.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Whether it is sent at once with its head, and not as a stream.</summary>
    public bool IsSentWhole => request.ContentLength is not null && Current.Length <= WholeBytesMax;

    /// <summary>Takes a small body that has arrived by now; null where any of it is still to come.</summary>
    public static HeldBody? TryTakeArrived(HttpRequest request)
    {
        // Reading on would tell a client that waits for it to go on, which is the upstream's to say.
        if (request.ContentLength is not (> 0 and <= WholeBytesMax and var length) || request.Headers.Expect.Count > 0
            || !request.BodyReader.TryRead(out var read))
        {
            return null;
        }

        var arrived = read.Buffer.Length == length ? read.Buffer.ToArray() : null;
        request.BodyReader.AdvanceTo(arrived is null ? read.Buffer.Start : read.Buffer.End);
        return arrived is null ? null : new(request, arrived);
    }

    /// <summary>
    /// Reads a body of at most <paramref name="bytesMax"/>; null where there is more, which then goes on unchanged.
    /// </summary>
    /// <exception cref="OperationCanceledException">Nothing came for as long as <paramref name="idle"/>.</exception>
    public static async Task<HeldBody?> ReadAsync(
        HttpRequest request, long bytesMax, TimeSpan idle, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(idle);

        // What was declared may never come: memory grows with what does. One byte more, for reading the end.
        var bytes = new byte[Math.Min(request.ContentLength ?? FirstBytes, FirstBytes) + 1];
        var length = 0;

        while (await request.Body.ReadAsync(bytes.AsMemory(length), silence.Token) is > 0 and var read)
        {
            length += read;
            silence.CancelAfter(idle);

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

        var held = new HeldBody(request, bytes.AsMemory(0, length));
        held.Replace(held.Original);
        return held;
    }

    /// <summary>Puts other bytes in the body's place.</summary>
    public void Send(byte[] changed)
    {
        IsChanged = true;
        Replace(changed);
    }

    /// <summary>Puts the body back.</summary>
    public void SendOriginal()
    {
        IsChanged = false;
        Replace(Original);
    }

    private void Replace(ReadOnlyMemory<byte> bytes)
    {
        Current = bytes;
        request.ContentLength = request.ContentLength is null ? null : bytes.Length;

        if (!IsSentWhole)
        {
            request.Body = new PrefixedStream(bytes, Stream.Null);
        }
    }
}
