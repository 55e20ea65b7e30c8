namespace EventLedger.Proxy.Tests.Rig;

/// <summary>Bytes that arrive when a test says so, handed out like a connection does: a piece a read at most.</summary>
internal sealed class ArrivingStream : ReadOnlyStream
{
    private readonly Queue<byte[]> pieces = [];
    private TaskCompletionSource? waiting;
    private Exception? failure;
    private bool hasEnded;
    private bool isHidden;

    /// <summary>How many bytes each read that took bytes had room for.</summary>
    public List<int> Rooms { get; } = [];

    /// <summary>A piece comes.</summary>
    public void Arrive(string piece)
    {
        pieces.Enqueue([.. piece.Select(c => (byte)c)]);
        Wake();
    }

    /// <summary>Nothing comes any more.</summary>
    public void End()
    {
        hasEnded = true;
        Wake();
    }

    /// <summary>
    /// The connection breaks behind what has come. Hidden, as in bytes that are there and make no sense, it shows only
    /// to who reads them.
    /// </summary>
    public void Fail(Exception reason, bool hidden = false)
    {
        (failure, isHidden) = (reason, hidden);
        Wake();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (pieces.Count == 0 && failure is null && !hasEnded)
        {
            waiting = new();
            await waiting.Task.WaitAsync(cancellationToken);
        }

        if (pieces.Count == 0)
        {
            return failure is null || (isHidden && buffer.IsEmpty) ? 0 : throw failure;
        }

        if (buffer.IsEmpty)
        {
            return 0;
        }

        Rooms.Add(buffer.Length);
        var piece = pieces.Dequeue();
        var count = Math.Min(piece.Length, buffer.Length);
        piece.AsMemory(0, count).CopyTo(buffer);

        if (count < piece.Length)
        {
            byte[][] rest = [piece[count..], .. pieces];
            pieces.Clear();
            Array.ForEach(rest, pieces.Enqueue);
        }

        return count;
    }

    private void Wake() => Interlocked.Exchange(ref waiting, null)?.SetResult();
}
