using System.Threading.Tasks.Sources;

namespace EventLedger.Proxy.Spool;

/// <summary>A record that isn't on disk yet, and the response that waits for it to be.</summary>
internal sealed class PendingRecord(SpoolRecord record) : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> wait;
    private bool isReleased;

    /// <summary>The record.</summary>
    public SpoolRecord Record { get; } = record;

    /// <summary>Whether it has been handed out for publishing.</summary>
    public bool IsTaken { get; set; }

    /// <summary>Whether the broker has it.</summary>
    public bool IsPublished { get; set; }

    /// <summary>False where it was waited for no longer; true also where the broker has it. For one caller.</summary>
    public ValueTask<bool> OnDisk => new(this, wait.Version);

    /// <summary>
    /// Ends the wait, once. What waited goes on within this call, or on another thread.
    /// </summary>
    public void Release(bool isOnDisk, bool onThisThread)
    {
        if (!Interlocked.Exchange(ref isReleased, true))
        {
            wait.RunContinuationsAsynchronously = !onThisThread;
            wait.SetResult(isOnDisk);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wait.OnCompleted(continuation, state, token, flags);
}
