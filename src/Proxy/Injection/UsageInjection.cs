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
    /// Holds the body of a request for a completion, and changes it where usage has to be asked for; null where the
    /// request goes on as it came.
    /// </summary>
    public async Task<HeldBody?> TryAskAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!settings.InjectStreamUsage || IsPaused || !IsForCompletion(request))
        {
            return null;
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            counters.Unreadable.Add();
            return null;
        }

        if (request.ContentLength > settings.InjectBodyMax
            || await HeldBody.ReadAsync(request, settings.InjectBodyMax, cancellation) is not { } held)
        {
            counters.TooLarge.Add();
            return null;
        }

        return Ask(held);
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

    private HeldBody? Ask(HeldBody held)
    {
        switch (UsageRequest.TryAsk(held.Original.Span, out var changed))
        {
            case UsageRequest.Verdict.Changed:
                counters.Asked.Add();
                held.Send(changed);
                return held;
            case UsageRequest.Verdict.Unreadable:
                counters.Unreadable.Add();
                break;
        }

        held.SendOriginal();
        return null;
    }

    [LoggerMessage(
        LogLevel.Warning, "The upstream refuses stream_options. Streams are not asked for usage for {Pause}.")]
    private partial void LogRefused(TimeSpan pause);
}
