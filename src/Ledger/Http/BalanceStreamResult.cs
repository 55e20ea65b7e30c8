using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Streaming;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>
/// One customer's balances as the body of an answer: (1) those of now, or what came since the position that the caller
/// had; (2) each change as it is committed. It ends when the caller goes, or with a reason.
/// </summary>
/// <param name="subscription">What comes from now on.</param>
/// <param name="begin">Where it begins.</param>
/// <param name="isResumed">Whether the caller has had something before.</param>
/// <param name="reader">Reads what the caller missed.</param>
/// <param name="right">Says for how long the caller may listen.</param>
/// <param name="time">The clock.</param>
/// <param name="describe">Makes the data of balances.</param>
/// <param name="logger">Hears of failures.</param>
internal sealed partial class BalanceStreamResult(
    FeedSubscription subscription, BalancePoint begin, bool isResumed, EventReader reader, ListeningRight right,
    TimeProvider time, Func<string, IReadOnlyList<Balance>, byte[]> describe,
    ILogger<BalanceStreamResult> logger) : IResult
{
    /// <summary>The end where the database doesn't answer.</summary>
    public const string Unreadable = "the database can't be reached; come back";

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var ended = subscription;
        var (response, gone) = (httpContext.Response, httpContext.RequestAborted);
        response.ContentType = BalanceEvents.MediaType;
        response.Headers.CacheControl = "no-store";
        var events = new BalanceEvents(response.Body, subscription.CustomerId, begin.Balances, describe);

        try
        {
            await events.CloseAsync(await SendAsync(events, gone), gone);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The caller has gone.
        }
    }

    // Why it ends. Whether the caller may still listen, and what they missed, the database says.
    private async Task<string> SendAsync(BalanceEvents events, CancellationToken gone)
    {
        try
        {
            return await BeginAsync(events, gone) ?? await FollowAsync(events, gone);
        }
        catch (NpgsqlException failure)
        {
            LogClosed(subscription.CustomerId, failure.Message);
            return Unreadable;
        }
    }

    // Why it ends already; null if it goes on.
    private async Task<string?> BeginAsync(BalanceEvents events, CancellationToken gone)
    {
        if (!isResumed)
        {
            await events.SendAsync(begin.Head, gone);
            return null;
        }

        await events.BeatAsync(gone);

        if (begin.NextVersion > 0)
        {
            await foreach (var @event in reader.ReadStreamAsync(subscription.CustomerId, begin.NextVersion, gone))
            {
                if (@event.Position > begin.Head)
                {
                    break;
                }

                if (await right.LookWhenDueAsync(gone) is { } end)
                {
                    return end;
                }

                await events.SendAsync(@event, gone);
            }
        }

        events.Reached(begin.Head);
        return null;
    }

    // Why it ends.
    private async Task<string> FollowAsync(BalanceEvents events, CancellationToken gone)
    {
        while (true)
        {
            if (await WaitAsync(events, gone) is { } end)
            {
                return end;
            }

            while (subscription.Changes.TryRead(out var change))
            {
                // Also between changes: there may always be another one.
                if (await right.LookWhenDueAsync(gone) is { } ended)
                {
                    return ended;
                }

                await events.SendAsync(change, gone);
            }
        }
    }

    // Why it ends; null if there is more to send.
    private async Task<string?> WaitAsync(BalanceEvents events, CancellationToken gone)
    {
        var waiting = subscription.Changes.WaitToReadAsync(gone).AsTask();

        while (true)
        {
            try
            {
                return await waiting.WaitAsync(right.Left, time, gone) ? null : subscription.Reason;
            }
            catch (TimeoutException)
            {
                if (await right.LookAsync(gone) is { } end)
                {
                    return end;
                }

                await events.BeatAsync(gone);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Who listens to {CustomerId} was sent away, to come back: {Reason}")]
    private partial void LogClosed(string customerId, string reason);
}
