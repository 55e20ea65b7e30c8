namespace EventLedger.Proxy.Spool;

/// <summary>The calls that one part of the program makes to the disk, one at a time, each of which may hang.</summary>
internal sealed class DiskCalls(TimeProvider clock)
{
    private long begunAt;

    /// <summary>How long the call that goes on has taken; zero where none does.</summary>
    public TimeSpan Lasting =>
        Volatile.Read(ref begunAt) is not 0 and var begun ? clock.GetElapsedTime(begun) : TimeSpan.Zero;

    /// <summary>Begins one, which ends with what is returned.</summary>
    public Call Begin()
    {
        Volatile.Write(ref begunAt, clock.GetTimestamp());
        return new(this);
    }

    /// <summary>A call that goes on.</summary>
    public readonly ref struct Call(DiskCalls calls)
    {
        /// <summary>Ends it.</summary>
        public void Dispose() => Volatile.Write(ref calls.begunAt, 0);
    }
}
