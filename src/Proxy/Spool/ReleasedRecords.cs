namespace EventLedger.Proxy.Spool;

/// <summary>
/// Records that are on disk, and whose responses go on one after the other on one thread: handing each of them to a
/// thread of its own wakes threads that take the processor from one another.
/// </summary>
internal sealed class ReleasedRecords(PendingRecord[] records) : IThreadPoolWorkItem
{
    /// <summary>How many share a thread; the last of them waits for the others.</summary>
    public const int CountMax = 4;

    /// <summary>Lets them go on within this call.</summary>
    public void Execute()
    {
        foreach (var record in records)
        {
            record.Release(isOnDisk: true, onThisThread: true);
        }
    }

    /// <summary>Lets them go on with another thread.</summary>
    public void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
