namespace EventLedger.Proxy.Spool;

/// <summary>
/// Records that aren't on disk yet, oldest first, within a bound of bytes. The writer takes them to disk; where the
/// disk fails, they are published from here. Not safe for threads: the spool locks around it.
/// </summary>
internal sealed class PendingRecords(long bytesMax)
{
    private readonly Queue<PendingRecord> entries = [];
    private long removed;

    /// <summary>The bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many are held.</summary>
    public int Count => entries.Count;

    /// <summary>Those that neither the broker nor the disk has.</summary>
    public IEnumerable<SpoolRecord> AtRisk =>
        entries.Where(entry => !entry.IsSafe).Select(entry => entry.Record);

    /// <summary>When the oldest was made; null where none is held.</summary>
    public DateTimeOffset? OldestMadeAt => entries.TryPeek(out var first) ? first.Record.MadeAt : null;

    /// <summary>False where the bound leaves no room.</summary>
    public bool TryAdd(PendingRecord entry)
    {
        if (Bytes + entry.Record.FrameBytes > bytesMax)
        {
            return false;
        }

        Add(entry);
        return true;
    }

    /// <summary>
    /// Adds the oldest that are not safe to <paramref name="records"/>, <paramref name="bytesLeft"/> at most, and
    /// returns where they end.
    /// </summary>
    public long TakeForDisk(long bytesLeft, List<PendingRecord> records)
    {
        var end = removed;

        foreach (var entry in entries)
        {
            if (entry.Record.FrameBytes > bytesLeft && records.Count > 0)
            {
                break;
            }

            bytesLeft -= entry.Record.FrameBytes;
            end++;

            if (!entry.IsSafe)
            {
                records.Add(entry);
            }
        }

        return end;
    }

    /// <summary>Forgets those before <paramref name="end"/>: they are on disk.</summary>
    public void RemoveUntil(long end)
    {
        while (removed < end)
        {
            RemoveFirst();
        }
    }

    /// <summary>Up to <paramref name="countMax"/> that nobody is publishing; each is handed out once.</summary>
    public IReadOnlyList<PendingRecord> TakeForPublishing(int countMax)
    {
        var taken = entries.Where(entry => !entry.IsTaken).Take(countMax).ToList();
        taken.ForEach(entry => entry.IsTaken = true);
        return taken;
    }

    /// <summary>Notes that the broker has them, whether or not they have left for the disk meanwhile.</summary>
    public void MarkPublished(IReadOnlyList<PendingRecord> published)
    {
        foreach (var entry in published)
        {
            entry.IsPublished = true;
            entry.Release(isOnDisk: true, onThisThread: false);
        }

        for (var n = entries.Count; n > 0 && entries.Peek() is { IsSafe: true } or { IsRefused: true }; n--)
        {
            var first = RemoveFirst();

            // One that is refused and waits for the disk must not keep those behind it in memory.
            if (!first.IsSafe)
            {
                Add(first);
            }
        }
    }

    /// <summary>Lets all go on that wait for their records.</summary>
    public void ReleaseAll()
    {
        foreach (var entry in entries)
        {
            entry.Release(isOnDisk: false, onThisThread: false);
        }
    }

    private void Add(PendingRecord entry)
    {
        entries.Enqueue(entry);
        Bytes += entry.Record.FrameBytes;
    }

    private PendingRecord RemoveFirst()
    {
        var first = entries.Dequeue();
        Bytes -= first.Record.FrameBytes;
        removed++;
        return first;
    }
}
