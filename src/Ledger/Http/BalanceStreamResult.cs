using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Streaming;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Http;

/// <summary>
/// One customer's balances as the body of an answer: (1) those of now, or what came since the position that the caller
/// had; (2) each change as it is committed. It ends when the caller goes, or with a reason.
/// </summary>
/// <param name="subscription">What comes from now on.</param>
/// <param name="begin">Where it begins.</param>
/// <param name="isResumed">Whether the caller has had something before.</param>
/// <param name="reader">Reads what the caller missed.</param>
/// <param name="options">Says how long nothing may come.</param>
/// <param name="time">Measures that.</param>
/// <param name="describe">Makes the data of balances.</param>
internal sealed class BalanceStreamResult(
    FeedSubscription subscription, BalancePoint begin, bool isResumed, EventReader reader, FeedOptions options,
    TimeProvider time, Func<string, IReadOnlyList<Balance>, byte[]> describe) : IResult
{
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
            await BeginAsync(events, gone);
            await FollowAsync(events, gone);
            await events.CloseAsync(subscription.Reason!, gone);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The caller has gone.
        }
    }

    private async Task BeginAsync(BalanceEvents events, CancellationToken gone)
    {
        if (!isResumed)
        {
            await events.SendAsync(begin.Head, gone);
            return;
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

                await events.SendAsync(@event, gone);
            }
        }

        events.Reached(begin.Head);
    }

    private async Task FollowAsync(BalanceEvents events, CancellationToken gone)
    {
        while (await WaitAsync(events, gone))
        {
            while (subscription.Changes.TryRead(out var change))
            {
                await events.SendAsync(change, gone);
            }
        }
    }

    // False once the subscription has ended.
    private async Task<bool> WaitAsync(BalanceEvents events, CancellationToken gone)
    {
        var waiting = subscription.Changes.WaitToReadAsync(gone).AsTask();

        while (true)
        {
            try
            {
                return await waiting.WaitAsync(options.Heartbeat, time, gone);
            }
            catch (TimeoutException)
            {
                await events.BeatAsync(gone);
            }
        }
    }
}
