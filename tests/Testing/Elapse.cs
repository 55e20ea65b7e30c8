namespace EventLedger.Testing;

/// <summary>Lets time pass where its passing is the trouble under test: a stall, a slow way, a stop.</summary>
public static class Elapse
{
    /// <summary>Returns after that time.</summary>
    public static Task ForAsync(TimeSpan time, CancellationToken cancellation = default) =>
        Task.Delay(time, cancellation);

    /// <summary>Returns after as many milliseconds.</summary>
    public static Task ForAsync(int milliseconds, CancellationToken cancellation = default) =>
        Task.Delay(milliseconds, cancellation);
}
