using System.Buffers;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// A connection to the upstream. Where bytes are known to be there, all of them are taken in one read; the client
/// behind this asks for 4 KiB at a time. A connection that waits has no buffer of its own, any other one of 32 KiB.
/// Who is never made to wait goes on with another thread from time to time: the one that reads sockets has others to
/// read.
/// </summary>
internal sealed class ReadAheadStream(Stream connection) : ForwardOnlyStream
{
    /// <summary>The most bytes that are taken ahead.</summary>
    public const int BytesMax = 32 * 1024;

    /// <summary>The most bytes that are read on one thread, one read behind the other.</summary>
    public const int UnwaitedBytesMax = 256 * 1024;

    private byte[] ahead = [];
    private int start;
    private int end;
    private bool isKnown;
    private int unwaitedBytes;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (start < end)
        {
            return new(Take(buffer.Span));
        }

        // A read into nothing that completes at once says that there are bytes.
        if (buffer.IsEmpty)
        {
            var wait = connection.ReadAsync(buffer, cancellationToken);
            isKnown = wait.IsCompletedSuccessfully;
            return wait;
        }

        var reads = isKnown && buffer.Length < BytesMax;
        isKnown = false;
        return Share(reads ? FillAsync(buffer, cancellationToken) : connection.ReadAsync(buffer, cancellationToken));
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        start < end ? Take(buffer.AsSpan(offset, count)) : connection.Read(buffer, offset, count);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var writing = connection.WriteAsync(buffer, cancellationToken);
        return writing.IsCompleted ? writing : GoOnElsewhereAsync(writing);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        connection.WriteAsync(buffer, offset, count, cancellationToken);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => connection.Write(buffer, offset, count);

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Flush() => connection.Flush();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    // A connection that is read as fast as it brings bytes would hold its thread until the response ends.
    private ValueTask<int> Share(ValueTask<int> reading)
    {
        if (!reading.IsCompletedSuccessfully)
        {
            unwaitedBytes = 0;
            return reading;
        }

        var read = reading.Result;
        unwaitedBytes += read;

        if (unwaitedBytes < UnwaitedBytesMax)
        {
            return new(read);
        }

        unwaitedBytes = 0;
        return GoOnElsewhereAsync(read);
    }

    private static async ValueTask<int> GoOnElsewhereAsync(int read)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return read;
    }

    // A body that fills the connection goes on, once there is room, for as long as there is.
    private static async ValueTask GoOnElsewhereAsync(ValueTask writing)
    {
        await writing;
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        ahead = ArrayPool<byte>.Shared.Rent(BytesMax);
        (start, end) = (0, 0);

        try
        {
            end = await connection.ReadAsync(ahead.AsMemory(0, BytesMax), cancellation);
        }
        finally
        {
            if (end == 0)
            {
                GiveBack();
            }
        }

        return Take(buffer.Span);
    }

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, end - start);
        ahead.AsSpan(start, count).CopyTo(buffer);
        start += count;

        if (start == end && ahead.Length > 0)
        {
            GiveBack();
        }

        return count;
    }

    private void GiveBack()
    {
        ArrayPool<byte>.Shared.Return(ahead);
        ahead = [];
    }
}
