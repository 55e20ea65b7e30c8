namespace EventLedger.Proxy.Spool;

// Envelopes are written by one work item at a time, queued by the thread that added the first of them: that thread is
// about to wait, so nearly always it does the writing too, and no other has to wake up. A disk that hangs holds that
// thread and no client.
internal sealed partial class UsageSpool : IThreadPoolWorkItem
{
    /// <summary>Writes until nothing is left to write.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        while (TakeWork() is { } work)
        {
            Write(work);
        }
    }

    // Called within the gate.
    private bool TryBeginWriting()
    {
        var begins = !isWriting && !isPausing && pending.Count > 0;
        isWriting |= begins;
        return begins;
    }

    private void StartWriting() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    private Work? TakeWork()
    {
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

            var (records, end, isAll) = pending.TakeForDisk(WriteBytesMax);
            writing = written;
            written = isAll ? NewWait() : written;
            return new(records, end, isAll ? writing : null);
        }
    }

    private Work? StopWriting()
    {
        isWriting = false;
        Monitor.PulseAll(gate);
        return null;
    }

    private void Write(Work work)
    {
        Volatile.Write(ref writingSince, clock.GetTimestamp());

        try
        {
            Append(work.Records);

            lock (gate)
            {
                pending.RemoveUntil(work.End);
            }

            NoteRecovery();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            NoteFailure(failure);
        }
        finally
        {
            Volatile.Write(ref writingSince, 0);
            work.Done?.TrySetResult(true);
        }
    }

    // Those that joined while a write hangs have waited less than it, and don't wait for its end either.
    private void ReleaseWaiting()
    {
        var since = Volatile.Read(ref writingSince);

        if (since == 0 || clock.GetElapsedTime(since) < options.WriteWaitMax / 2)
        {
            return;
        }

        lock (gate)
        {
            writing?.TrySetResult(false);
            written.TrySetResult(false);
        }
    }

    private void Append(IReadOnlyList<SpoolRecord> records)
    {
        if (Store is null)
        {
            throw new IOException("The spool folder can't be used.");
        }

        frames.ResetWrittenCount();

        foreach (var record in records)
        {
            RecordFrame.Write(record, frames);
        }

        Store.Log.Append(frames.WrittenSpan);
        Counters.Written.Add(records.Count);
        Volatile.Read(ref grown).TrySetResult();
        NoteFilling();
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
    }

    private void Retry()
    {
        bool begins;

        lock (gate)
        {
            isPausing = false;
            begins = TryBeginWriting();
        }

        if (begins)
        {
            StartWriting();
        }
    }

    // What is left is tried once more, failing or not; a disk that hangs must not hold the process.
    private bool TryFinishWriting()
    {
        lock (gate)
        {
            while (isWriting)
            {
                if (!Monitor.Wait(gate, options.RetryDelay))
                {
                    return false;
                }
            }

            (isPausing, isWriting) = (false, true);
        }

        ((IThreadPoolWorkItem)this).Execute();
        return true;
    }

    [LoggerMessage(
        LogLevel.Error, "The spool can't be written. Envelopes are kept in memory and published from there.")]
    private partial void LogFails(Exception failure);

    [LoggerMessage(LogLevel.Error, "The spool holds {Bytes} of at most {BytesMax} bytes: is the broker away?")]
    private partial void LogFilling(long bytes, long bytesMax);

    [LoggerMessage(LogLevel.Information, "The spool can be written again.")]
    private partial void LogWorksAgain();

    private sealed record Work(IReadOnlyList<SpoolRecord> Records, long End, TaskCompletionSource<bool>? Done);
}
