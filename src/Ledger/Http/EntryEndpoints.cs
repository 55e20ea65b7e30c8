using System.Security.Claims;
using System.Text.Json.Serialization;
using EventLedger.Accounts;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Booking;
using EventLedger.Projections.Entries;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Why something is done; kept with it.</summary>
/// <param name="Reason">Why.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ReasonRequest(string? Reason);

/// <summary>Works on single entries over HTTP.</summary>
internal static class EntryEndpoints
{
    /// <summary>Maps <c>GET /billing/entries/{id}</c> and <c>POST …/reversal</c>.</summary>
    public static void MapEntries(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/billing/entries/{entryId}", GetAsync).WithAnswer(Answers.Entry).WithName("GetEntry");
        routes.MapPost("/billing/entries/{entryId}/reversal", ReverseAsync)
            .RequireAuthorization(Roles.Operator)
            .WithExample(Examples.Reason)
            .WithRequestLimit()
            .WithName("ReverseEntry");
    }

    private static async Task<Results<Ok<EntryItem>, StatusCodeHttpResult, ProblemHttpResult>> GetAsync(
        string entryId, HttpContext context, ClaimsPrincipal caller, AccountAccess access, EventReader events,
        CancellationToken cancellation)
    {
        // The id doesn't say whose it is: what isn't the caller's is as unknown as what isn't there.
        if (!Guid.TryParse(entryId, out var eventId)
            || await events.FindAsync(eventId, cancellation) is not { } @event
            || !RecordedEntry.TryRead(@event, out var entry)
            || !await access.MayReadAsync(caller, @event.StreamId, cancellation))
        {
            return Unknown(entryId);
        }

        return context.OkUnlessKnown($"{@event.Position}", EntryItem.WithData(entry));
    }

    private static async Task<Results<Ok<EntryResponse>, ProblemHttpResult>> ReverseAsync(
        string entryId, ReasonRequest request, ClaimsPrincipal caller, OrderDesk desk, CancellationToken cancellation)
    {
        if (RequestText.Check("reason", request.Reason) is { } problem)
        {
            return problem;
        }

        if (!Guid.TryParse(entryId, out var eventId) || await desk.FindAsync(eventId, cancellation) is not { } found)
        {
            return Unknown(entryId);
        }

        var order = new AccountOrder.ReverseEntry(found.CustomerId, request.Reason!, caller.Name())
        {
            Entry = found.Entry,
        };
        var outcome = await desk.CarryOutAsync(order, cancellation);
        return OrderAnswers.ProblemOf(outcome, $"the reversal of entry {entryId}", order) is { } refused
            ? refused
            : TypedResults.Ok(EntryResponse.Of(
                found.CustomerId, found.Entry.Asset, -found.Entry.Amount, outcome));
    }

    private static ProblemHttpResult Unknown(string entryId) =>
        Problems.Of(StatusCodes.Status404NotFound, $"entry {entryId} is not known");
}
