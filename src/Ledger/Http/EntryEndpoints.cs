using System.Security.Claims;
using System.Text.Json.Serialization;
using EventLedger.Accounts;
using EventLedger.Ledger.Booking;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Why something is done; kept with it.</summary>
/// <param name="Reason">Why.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ReasonRequest(string? Reason);

/// <summary>Works on single entries over HTTP.</summary>
internal static class EntryEndpoints
{
    /// <summary>Maps <c>POST /billing/entries/{id}/reversal</c>.</summary>
    public static void MapEntries(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/billing/entries/{entryId}/reversal", ReverseAsync)
            .RequireAuthorization(Roles.Operator)
            .WithExample(Examples.Reason)
            .WithRequestLimit()
            .WithName("ReverseEntry");

    private static async Task<Results<Ok<EntryResponse>, ProblemHttpResult>> ReverseAsync(
        string entryId, ReasonRequest request, ClaimsPrincipal caller, OrderDesk desk, CancellationToken cancellation)
    {
        if (RequestText.Check("reason", request.Reason) is { } problem)
        {
            return problem;
        }

        if (!Guid.TryParse(entryId, out var eventId) || await desk.FindAsync(eventId, cancellation) is not { } found)
        {
            return Problems.Of(StatusCodes.Status404NotFound, $"entry {entryId} is not known");
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
}
