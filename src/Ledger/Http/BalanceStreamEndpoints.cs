using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Streaming;
using EventLedger.Projections.Balances;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace EventLedger.Ledger.Http;

/// <summary>Shows balances as they change.</summary>
internal static class BalanceStreamEndpoints
{
    private const string ResumeHeader = "Last-Event-ID";

    /// <summary>Maps <c>GET /billing/stream</c>.</summary>
    public static void MapBalanceStream(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/billing/stream", GetAsync)
            .Produces(StatusCodes.Status200OK, contentType: BalanceEvents.MediaType)
            .WithName("StreamBalances");

    private static async Task<IResult> GetAsync(
        string customer, [FromHeader(Name = ResumeHeader)] string? lastEventId, ClaimsPrincipal caller,
        AccountAccess access, BalanceQueries balances, BalanceFeed feed, BalanceHistory history, EventReader reader,
        FeedOptions options, TimeProvider time, IOptions<JsonOptions> json, HttpContext context,
        ILogger<BalanceStreamResult> logger, CancellationToken cancellation)
    {
        if (await access.RefuseAsync(caller, customer, cancellation) is { } refusal)
        {
            return refusal;
        }

        if (ReadPosition(lastEventId, out var after) is { } problem)
        {
            return problem;
        }

        if (await balances.FindAsync(customer, cancellation) is null)
        {
            return AccountAccess.Unknown(customer);
        }

        // Before the balances are read: what comes from then on waits here.
        var subscription = await feed.SubscribeAsync(customer, cancellation);

        if (subscription is null)
        {
            return Problems.Unavailable(context, "too many listen to balances; try again");
        }

        BalancePoint begin;

        try
        {
            begin = await history.ReadAsync(customer, after, cancellation);
        }
        catch
        {
            subscription.Dispose();
            throw;
        }

        if (after > begin.Head)
        {
            subscription.Dispose();
            return Problems.OfField(ResumeHeader, $"is ahead of this ledger, which is at position {begin.Head}");
        }

        return new BalanceStreamResult(
            subscription, begin, isResumed: after is not null, reader,
            new ListeningRight(caller, customer, access, options.Heartbeat, time), time,
            (id, all) => JsonSerializer.SerializeToUtf8Bytes(
                BalanceResponse.Of(id, all), json.Value.SerializerOptions),
            logger);
    }

    private static IResult? ReadPosition(string? text, out long? position)
    {
        position = null;

        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return Problems.OfField(ResumeHeader, "is no position");
        }

        position = number;
        return null;
    }
}
