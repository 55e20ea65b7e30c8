namespace EventLedger.Proxy.Monitoring;

/// <summary>A number that only grows, and that any thread may add to.</summary>
internal sealed class Counter
{
    private long value;

    /// <summary>What it has come to.</summary>
    public long Value => Interlocked.Read(ref value);

    /// <summary>Adds to it.</summary>
    public void Add(long count = 1) => Interlocked.Add(ref value, count);
}
