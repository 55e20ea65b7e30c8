using System.Runtime.InteropServices;

namespace EventLedger.Proxy.Spool;

/// <summary>
/// Records that were just written to their segments and are still in memory, oldest first, so that they needn't be read
/// back to be published. Those beyond the bound of bytes are left out: the segments have them all.
/// </summary>
internal sealed class FreshRecords(long bytesMax)
{
    private readonly Lock gate = new();
    private readonly Queue<Place> places = [];
    private long bytes;

    /// <summary>The bytes held.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    /// <summary>Takes records that were written one behind the other, the first at <paramref name="start"/>.</summary>
    public void Add(SpoolPosition start, List<PendingRecord> written)
    {
        lock (gate)
        {
            foreach (var entry in written)
            {
                if (bytes + entry.Record.FrameBytes <= bytesMax)
                {
                    bytes += entry.Record.FrameBytes;
                    places.Enqueue(new(start, entry.Record));
                }

                start = start with { Offset = start.Offset + entry.Record.FrameBytes };
            }
        }
    }

    /// <summary>
    /// The record that was written at <paramref name="position"/>; null where it isn't held. Those before it are
    /// forgotten: they were read already.
    /// </summary>
    public SpoolRecord? TryTake(SpoolPosition position)
    {
        lock (gate)
        {
            while (places.TryPeek(out var first) && !position.IsBefore(first.Start))
            {
                bytes -= first.Record.FrameBytes;
                places.Dequeue();

                if (first.Start == position)
                {
                    return first.Record;
                }
            }

            return null;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Place(SpoolPosition Start, SpoolRecord Record);
}
