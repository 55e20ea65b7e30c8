using EventLedger.Proxy.Settings;

namespace EventLedger.Proxy.Injection;

/// <summary>Asks for the usage of streams whose clients didn't.</summary>
internal sealed partial class UsageInjection(
    ProxySettings settings, InjectionCounters counters, TimeProvider clock, ILogger<UsageInjection> logger)
{
    /// <summary>How long an upstream that refuses is not asked.</summary>
    public static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMinutes(10);

    private long pausedAt;

    private bool IsPaused =>
        Volatile.Read(ref pausedAt) is not 0 and var since && clock.GetElapsedTime(since) < PauseAfterRefusal;

    /// <summary>
    /// Holds the body of a request for a completion, if it wasn't there already, and changes it where usage has to be
    /// asked for; null where it isn't held.
    /// </summary>
    public ValueTask<HeldBody?> AskAsync(HttpRequest request, HeldBody? arrived, CancellationToken cancellation)
    {
        if (!settings.InjectStreamUsage || IsPaused || !IsForCompletion(request))
        {
            return new(arrived);
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            counters.Unreadable.Add();
            return new(arrived);
        }

        if (request.ContentLength > settings.InjectBodyMax)
        {
            counters.TooLarge.Add();
            return new(arrived);
        }

        return arrived is null ? HoldAsync(request, cancellation) : new(Ask(arrived));
    }

    /// <summary>The upstream answered the request as it came, but not with usage asked for: it is the asking.</summary>
    public void NoteRefusal()
    {
        counters.Refused.Add();
        Volatile.Write(ref pausedAt, clock.GetTimestamp());
        LogRefused(PauseAfterRefusal);
    }

    private static bool IsForCompletion(HttpRequest request) =>
        request.Path.Value!.EndsWith("/completions", StringComparison.OrdinalIgnoreCase);

    private async ValueTask<HeldBody?> HoldAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (await HeldBody.ReadAsync(request, settings.InjectBodyMax, settings.IdleTimeout, cancellation) is { } held)
        {
            return Ask(held);
        }

        counters.TooLarge.Add();
        return null;
    }

    private HeldBody Ask(HeldBody held)
    {
        switch (UsageRequest.TryAsk(held.Original.Span, out var changed))
        {
            case UsageRequest.Verdict.Changed:
                counters.Asked.Add();
                held.Send(changed);
                break;
            case UsageRequest.Verdict.Unreadable:
                counters.Unreadable.Add();
                break;
        }

        return held;
    }

    [LoggerMessage(
        LogLevel.Warning, "The upstream refuses stream_options. Streams are not asked for usage for {Pause}.")]
    private partial void LogRefused(TimeSpan pause);
}
