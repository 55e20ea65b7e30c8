using Microsoft.Win32.SafeHandles;

namespace EventLedger.Proxy.Spool;

/// <summary>The spool has reached its bound on disk.</summary>
internal sealed class SpoolFullException(long bytesMax)
    : IOException($"The spool holds {bytesMax} bytes, which is its bound.");

/// <summary>
/// The segments of a spool: appended to by one thread, flushed by another, read and deleted by a third. Segments of an
/// earlier life are never appended to, so that whatever their ends look like, it stays as it was.
/// </summary>
internal sealed class SegmentLog : IDisposable
{
    private readonly Lock gate = new();
    private readonly SpoolFolder folder;
    private readonly long bytesMax;
    private readonly long segmentBytesMax;
    private readonly SortedDictionary<long, long> lengths;
    private readonly Queue<(long Number, SafeFileHandle File)> retired = [];
    private SafeFileHandle? active;
    private long activeNumber;
    private bool isDirty;

    /// <summary>
    /// Goes on in <paramref name="folder"/>; a new segment gets a number above <paramref name="used"/>.
    /// </summary>
    public SegmentLog(SpoolFolder folder, long used, long bytesMax, long segmentBytesMax)
    {
        (this.folder, this.bytesMax, this.segmentBytesMax) = (folder, bytesMax, segmentBytesMax);
        lengths = new(folder.Segments.ToDictionary(n => n, n => new FileInfo(folder.SegmentPath(n)).Length));
        activeNumber = Math.Max(used, lengths.Keys.LastOrDefault());
        BytesHeld = lengths.Values.Sum();
    }

    /// <summary>The bytes of all segments.</summary>
    public long BytesHeld { get; private set; }

    /// <summary>The oldest segment; null where there is none.</summary>
    public long? First
    {
        get
        {
            lock (gate)
            {
                return lengths.Count > 0 ? lengths.First().Key : null;
            }
        }
    }

    /// <summary>
    /// Appends whole records, and returns where they begin. After an exception, none of them counts as written.
    /// </summary>
    public SpoolPosition Append(ReadOnlySpan<byte> records)
    {
        if (BytesHeld + records.Length > bytesMax)
        {
            // Otherwise the full segment could never be deleted, and the spool would stay full.
            Retire();
            throw new SpoolFullException(bytesMax);
        }

        if (active is not null && lengths[activeNumber] + records.Length > segmentBytesMax)
        {
            Retire();
        }

        var file = active ?? Begin();
        var start = new SpoolPosition(activeNumber, lengths[activeNumber]);

        try
        {
            RandomAccess.Write(file, records, start.Offset);
        }
        catch (IOException)
        {
            Retire();
            throw;
        }

        lock (gate)
        {
            lengths[activeNumber] += records.Length;
            BytesHeld += records.Length;
            isDirty = true;
        }

        return start;
    }

    /// <summary>
    /// Waits until all that had been appended survives a power loss. What is appended meanwhile is left to the next
    /// time: under load it would never end otherwise.
    /// </summary>
    public void Flush()
    {
        // Before those that have ended: it may become one of them meanwhile, and they are closed.
        if (TakeDirty() is { } file)
        {
            RandomAccess.FlushToDisk(file);
        }

        while (TakeRetired() is var (number, ended))
        {
            using (ended)
            {
                // What was published and deleted meanwhile would be written out for nobody.
                if (Extent(number) is not null)
                {
                    RandomAccess.FlushToDisk(ended);
                }
            }
        }
    }

    /// <summary>
    /// How many bytes of a segment hold records, and whether more may follow; null where it isn't there.
    /// </summary>
    public (long Length, bool IsActive)? Extent(long number)
    {
        lock (gate)
        {
            var isActive = active is not null && number == activeNumber;
            return lengths.TryGetValue(number, out var length) ? (length, isActive) : null;
        }
    }

    /// <summary>The segment that follows; null where there is none.</summary>
    public long? After(long number)
    {
        lock (gate)
        {
            return lengths.Keys.Where(other => other > number).Select(other => (long?)other).FirstOrDefault();
        }
    }

    /// <summary>Opens a segment for reading.</summary>
    public SafeFileHandle Open(long number) => File.OpenHandle(
        folder.SegmentPath(number), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Deletes a segment that has been published and isn't appended to any more.</summary>
    public void Delete(long number)
    {
        File.Delete(folder.SegmentPath(number));

        lock (gate)
        {
            if (lengths.Remove(number, out var length))
            {
                BytesHeld -= length;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Retire();
        Flush();
        active?.Dispose();
    }

    private SafeFileHandle Begin()
    {
        var file = File.OpenHandle(
            folder.SegmentPath(activeNumber + 1),
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.Read | FileShare.Delete);

        lock (gate)
        {
            activeNumber++;
            lengths.Add(activeNumber, 0);
            return active = file;
        }
    }

    private void Retire()
    {
        lock (gate)
        {
            // An empty one goes on: each failure would leave another otherwise.
            if (active is not null && lengths[activeNumber] > 0)
            {
                retired.Enqueue((activeNumber, active));
                active = null;
            }
        }
    }

    private (long Number, SafeFileHandle File)? TakeRetired()
    {
        lock (gate)
        {
            return retired.TryDequeue(out var ended) ? ended : null;
        }
    }

    private SafeFileHandle? TakeDirty()
    {
        lock (gate)
        {
            var file = isDirty ? active : null;
            isDirty = false;
            return file;
        }
    }
}
