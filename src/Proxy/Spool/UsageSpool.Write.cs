namespace EventLedger.Proxy.Spool;

internal sealed partial class UsageSpool
{
    private void WriteUntilStopped()
    {
        while (WaitForWork() is { } work)
        {
            Write(work);
        }
    }

    private Work? WaitForWork()
    {
        lock (gate)
        {
            if (isFailing && !isStopping)
            {
                Monitor.Wait(gate, options.RetryDelay);
            }

            while (pending.Count == 0 && !isStopping)
            {
                isIdle = true;
                Monitor.Wait(gate);
                isIdle = false;
            }

            if (pending.Count == 0 || (isStopping && isFailing))
            {
                return null;
            }

            var (records, end, isAll) = pending.TakeForDisk(WriteBytesMax);
            var waiting = isAll ? written : null;
            written = isAll ? NewSignal() : written;
            return new(records, end, waiting);
        }
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
            work.Done?.SetResult();
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

        if (!isFailing)
        {
            Volatile.Write(ref isFailing, true);
            LogFails(failure);
        }
    }

    [LoggerMessage(LogLevel.Error, "The spool can't be written. Envelopes are kept in memory and published from there.")]
    private partial void LogFails(Exception failure);

    [LoggerMessage(LogLevel.Information, "The spool can be written again.")]
    private partial void LogWorksAgain();

    private sealed record Work(IReadOnlyList<SpoolRecord> Records, long End, TaskCompletionSource? Done);
}
