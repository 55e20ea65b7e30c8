namespace EventLedger.Proxy.Forwarding;

/// <summary>The time that requests have to finish once the proxy has been told to stop.</summary>
internal sealed class ShutdownGrace : IDisposable
{
    /// <summary>How long that is.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource end;
    private readonly CancellationTokenRegistration whenStopping;

    /// <summary>Begins when <paramref name="lifetime"/> says that the proxy stops.</summary>
    public ShutdownGrace(IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        end = new(Timeout.InfiniteTimeSpan, clock);
        Token = end.Token;
        whenStopping = lifetime.ApplicationStopping.Register(() => end.CancelAfter(TimeMax));
    }

    // Taken once: a timer that looks at it once more, after the end, would find it disposed and end the process.
    /// <summary>Ends the requests that are left.</summary>
    public CancellationToken Token { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        whenStopping.Dispose();
        end.Dispose();
    }
}
