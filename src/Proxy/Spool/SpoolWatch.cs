namespace EventLedger.Proxy.Spool;

/// <summary>
/// A thread that looks after the spool, so that its looks don't depend on the pool: a call to a disk that hangs takes a
/// thread from it, on one processor the only one, which the pool itself makes up for half a second later.
/// </summary>
internal sealed class SpoolWatch : IDisposable
{
    private readonly ManualResetEventSlim closing = new(initialState: false, spinCount: 0);
    private readonly Thread thread;
    private readonly TimeSpan interval;
    private readonly Action look;
    private readonly DiskCalls[] calls;
    private int reserved;

    /// <summary>Begins.</summary>
    /// <param name="interval">From one look to the next; a call that lasts so long hangs.</param>
    /// <param name="look">What to do each time.</param>
    /// <param name="calls">Those that are made on the pool's threads; for each, one more may be reserved.</param>
    public SpoolWatch(TimeSpan interval, Action look, params DiskCalls[] calls)
    {
        (this.interval, this.look, this.calls) = (interval, look, calls);
        thread = new Thread(LookUntilClosed) { IsBackground = true, Name = "spool watch" };
        thread.Start();
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        closing.Set();
        thread.Join();
        closing.Dispose();
    }

    private void LookUntilClosed()
    {
        while (!closing.Wait(interval))
        {
            ReserveThreads();
            look();
        }
    }

    // For good: a disk that hung may do so again.
    private void ReserveThreads()
    {
        var hanging = calls.Count(call => call.Lasting >= interval);

        if (hanging > reserved)
        {
            ThreadPool.GetMinThreads(out var workers, out var ports);
            ThreadPool.SetMinThreads(workers + hanging - reserved, ports);
            reserved = hanging;
        }
    }
}
