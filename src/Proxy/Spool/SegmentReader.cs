using Microsoft.Win32.SafeHandles;

namespace EventLedger.Proxy.Spool;

/// <summary>Reads a log's records in order from a position on; one thread uses it.</summary>
/// <param name="log">What is read.</param>
/// <param name="fresh">Those that needn't be read, since they are still in memory.</param>
/// <param name="from">Where to begin.</param>
/// <param name="damaged">Is told of bytes that are no record, before reading goes past them.</param>
internal sealed class SegmentReader(
    SegmentLog log,
    FreshRecords fresh,
    SpoolPosition from,
    Action<SpoolPosition, ReadOnlyMemory<byte>> damaged)
    : IDisposable
{
    private const int WindowBytes = 64 * 1024;

    private byte[] window = new byte[WindowBytes];
    private SafeFileHandle? file;
    private int start;
    private int length;

    /// <summary>Up to where records have been handed out.</summary>
    public SpoolPosition Position { get; private set; } = from;

    /// <summary>The next record; null where none is there yet.</summary>
    public SpoolRecord? TryRead()
    {
        while (Extent() is { } extent)
        {
            if ((TakeFresh() ?? ReadRecord(extent.Length)) is { } record)
            {
                return record;
            }

            if (extent.IsActive || log.After(Position.Segment) is not { } next)
            {
                return null;
            }

            MoveTo(new(next, 0));
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();

    // A position may name a segment that was deleted, or one that a lost state made up.
    private (long Length, bool IsActive)? Extent()
    {
        if (log.Extent(Position.Segment) is { } extent)
        {
            return extent;
        }

        // A deleted file gives its space back only when nobody has it open.
        MoveTo(log.After(Position.Segment) is { } next ? new(next, 0) : Position);
        return log.Extent(Position.Segment);
    }

    private SpoolRecord? TakeFresh()
    {
        var record = fresh.TryTake(Position);
        Skip(record?.FrameBytes ?? 0);
        return record;
    }

    // What the window doesn't hold is never read.
    private void Skip(int bytes)
    {
        var held = Math.Min(bytes, length);
        start += held;
        length -= held;
        Position = Position with { Offset = Position.Offset + bytes };
    }

    private SpoolRecord? ReadRecord(long segmentLength)
    {
        while (Position.Offset < segmentLength)
        {
            var isEnd = Position.Offset + length >= segmentLength;
            var step = SegmentScan.Next(window.AsSpan(start, length), isEnd);

            if (step.Skipped > 0)
            {
                damaged(Position, window.AsMemory(start, step.Skipped));
            }

            Skip(step.Used);

            if (step.Record is not null)
            {
                return step.Record;
            }

            // A file that someone cut short ends where its bytes do.
            if (!isEnd && !Fill(segmentLength))
            {
                segmentLength = Position.Offset + length;
            }
        }

        return null;
    }

    private bool Fill(long segmentLength)
    {
        if (length == window.Length)
        {
            Array.Resize(ref window, window.Length * 2);
        }

        window.AsSpan(start, length).CopyTo(window);
        start = 0;

        file ??= log.Open(Position.Segment);
        var at = Position.Offset + length;
        var room = (int)Math.Min(window.Length - length, segmentLength - at);
        var read = RandomAccess.Read(file, window.AsSpan(length, room), at);

        length += read;
        return read > 0;
    }

    private void MoveTo(SpoolPosition position)
    {
        file?.Dispose();
        (file, start, length) = (null, 0, 0);
        Position = position;
    }
}
