using System.Runtime.InteropServices;

namespace EventLedger.Proxy.Spool;

// Envelopes are written by one thread at a time, one of the pool's: those that read sockets must never wait for a disk.
// A response goes on with the thread that wrote its record. Records that are added meanwhile share the next write. A
// disk that hangs holds the thread that writes, and no client.
internal sealed partial class UsageSpool : IThreadPoolWorkItem
{
    private readonly List<PendingRecord> work = [];
    private long workEnd;
    private bool isFinishing;

    /// <summary>Has all that is left to write written by a thread of the pool, unless one is at it.</summary>
    public void QueueWriting()
    {
        if (TryBeginWriting())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    void IThreadPoolWorkItem.Execute() => WriteAll();

    private void WriteAll()
    {
        ReleasedRecords? last = null;

        while (TryTakeWork())
        {
            last?.Queue();
            Write();
            last = ReleaseButLast();
        }

        // Nobody else needs this thread now: going on here, the last ones save another a wake-up.
        last?.Execute();
    }

    private ReleasedRecords? ReleaseButLast()
    {
        ReleasedRecords? last = null;

        for (var left = CollectionsMarshal.AsSpan(work); !left.IsEmpty;)
        {
            var count = Math.Min(left.Length, ReleasedRecords.CountMax);
            last?.Queue();
            last = new(left[..count].ToArray());
            left = left[count..];
        }

        return last;
    }

    private bool TryBeginWriting()
    {
        lock (gate)
        {
            var begins = !isWriting && !isPausing && pending.Count > 0;
            isWriting |= begins;
            return begins;
        }
    }

    private bool TryTakeWork()
    {
        work.Clear();

        lock (gate)
        {
            if (isPausing)
            {
                retry.Change(options.RetryDelay, Timeout.InfiniteTimeSpan);
                return StopWriting();
            }

            if (pending.Count == 0)
            {
                return StopWriting();
            }

            workEnd = pending.TakeForDisk(WriteBytesMax, work);
            return true;
        }
    }

    private bool StopWriting()
    {
        isWriting = false;

        // Without anybody to tell, telling would cost more than the lock.
        if (isFinishing)
        {
            Monitor.PulseAll(gate);
        }

        return false;
    }

    private void Write()
    {
        using var call = writing.Begin();

        try
        {
            Append();

            lock (gate)
            {
                NoteOnDisk();
                pending.RemoveUntil(workEnd);
            }

            NoteRecovery();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            NoteFailure(failure);
        }
    }

    // What was published from memory during the write will be published again from disk, and counts there.
    private void NoteOnDisk()
    {
        work.ForEach(static entry => entry.IsOnDisk = true);

        if (work.Exists(static entry => entry.IsPublished))
        {
            Counters.Hours.TakeBack([.. work.Where(entry => entry.IsPublished).Select(entry => entry.Settled)]);
        }
    }

    // What nobody has waited for is written; what hangs is waited for no longer.
    private void Watch()
    {
        QueueWriting();
        ReleaseWaiting();
    }

    // Those that joined while a write hangs have waited less than it, and don't wait for its end either.
    private void ReleaseWaiting()
    {
        if (writing.Lasting < options.WriteWaitMax / 2)
        {
            return;
        }

        lock (gate)
        {
            pending.ReleaseAll();
        }
    }

    private void Append()
    {
        var segments = Store ?? OpenLate();
        frames.ResetWrittenCount();

        foreach (var entry in work)
        {
            RecordFrame.Write(entry.Record, frames);
        }

        segments.Fresh.Add(segments.Log.Append(frames.WrittenSpan), work);
        Counters.Written.Add(work.Count);
        Volatile.Read(ref grown).TrySetResult();
        NoteFilling();
    }

    // Sequences were given out already, so the epoch that they count in goes on.
    private SpoolStore OpenLate()
    {
        var found = open(Epoch);
        Volatile.Write(ref store, found);
        opened.SetResult(found);
        return found;
    }

    // Said once each time that it comes so far.
    private void NoteFilling()
    {
        if (IsFilling && !isAlarmed)
        {
            LogFilling(BytesOnDisk, options.BytesMax);
        }

        isAlarmed = IsFilling;
    }

    private void NoteRecovery()
    {
        if (isFailing)
        {
            Volatile.Write(ref isFailing, false);
            LogWorksAgain();
        }
    }

    private void NoteFailure(Exception failure)
    {
        Counters.WriteFailures.Add();

        // A segment ends at a failure: where all of it is published, deleting it may be what makes room.
        Volatile.Read(ref grown).TrySetResult();
        isPausing = true;

        if (!isFailing)
        {
            Volatile.Write(ref isFailing, true);
            LogFails(failure);
        }

        // Who joined during the write would wait for the next one, which is far off.
        lock (gate)
        {
            pending.ReleaseAll();
        }
    }

    private void Retry()
    {
        lock (gate)
        {
            isPausing = false;
        }

        QueueWriting();
    }

    // What is left is tried once more, failing or not; a disk that hangs must not hold the process.
    private bool TryFinishWriting()
    {
        lock (gate)
        {
            isFinishing = true;

            while (isWriting)
            {
                if (!Monitor.Wait(gate, options.RetryDelay))
                {
                    return false;
                }
            }

            (isPausing, isWriting) = (false, true);
        }

        WriteAll();
        return true;
    }

    [LoggerMessage(
        LogLevel.Error, "The spool can't be written. Envelopes are kept in memory and published from there.")]
    private partial void LogFails(Exception failure);

    [LoggerMessage(LogLevel.Error, "The spool holds {Bytes} of at most {BytesMax} bytes: is the broker away?")]
    private partial void LogFilling(long bytes, long bytesMax);

    [LoggerMessage(LogLevel.Information, "The spool can be written again.")]
    private partial void LogWorksAgain();
}
