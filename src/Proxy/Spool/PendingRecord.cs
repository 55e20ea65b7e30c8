using System.Threading.Tasks.Sources;

namespace EventLedger.Proxy.Spool;

/// <summary>A record that isn't on disk yet, and the response that waits for it to be.</summary>
internal sealed class PendingRecord(SpoolRecord record, UsageSpool spool, long addedAt) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> wait;
    private bool isReleased;

    /// <summary>The record.</summary>
    public SpoolRecord Record { get; } = record;

    /// <summary>When it came, as a timestamp of the clock.</summary>
    public long AddedAt => addedAt;

    /// <summary>Whether it has been handed out for publishing.</summary>
    public bool IsTaken { get; set; }

    /// <summary>Whether the broker has it, or refuses it.</summary>
    public bool IsPublished { get; set; }

    /// <summary>Whether the broker refuses it for good.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Whether it is on disk, and will be published from there.</summary>
    public bool IsOnDisk { get; set; }

    /// <summary>Whether memory needn't hold it any more.</summary>
    public bool IsSafe => IsPublished || IsOnDisk;

    /// <summary>What became of it, once the broker has answered.</summary>
    public SettledRecord Settled => new(Record, IsRefused);

    /// <summary>Completes when it is on disk, or is waited for no longer. For one caller, who waits at once.</summary>
    public ValueTask WrittenAsync()
    {
        spool.QueueWriting();
        return new(this, wait.Version);
    }

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

    void IValueTaskSource.GetResult(short token) => spool.NoteWaited(this, wait.GetResult(token));

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wait.OnCompleted(continuation, state, token, flags);
}
