using System.Globalization;
using System.Security.Claims;
using EventLedger.Ledger.Intake;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>A page of dead letters, oldest first.</summary>
/// <param name="Items">The dead letters.</param>
/// <param name="Next">What <c>after</c> takes for the next page; null on the last one.</param>
public sealed record DeadLetterPage(IReadOnlyList<DeadLetterItem> Items, string? Next);

/// <summary>An envelope that could not become an event.</summary>
/// <param name="Id">Its number.</param>
/// <param name="ReceivedAt">When the ledger gave up on it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Source">The producer that sent it; null where nobody can tell.</param>
/// <param name="BodyBase64">Its bytes as they came.</param>
/// <param name="Status"><c>open</c>, <c>booked</c> or <c>discarded</c>.</param>
/// <param name="SettledAt">When it was booked or discarded.</param>
/// <param name="SettledBy">Who did that.</param>
/// <param name="LedgerEntryId">The entry that it became.</param>
/// <param name="Note">Why it was discarded.</param>
public sealed record DeadLetterItem(
    string Id, DateTimeOffset ReceivedAt, string Reason, string? Source, string BodyBase64, string Status,
    DateTimeOffset? SettledAt, string? SettledBy, Guid? LedgerEntryId, string? Note);

/// <summary>Which dead letters are asked for.</summary>
/// <param name="Reason">A part of the reason.</param>
/// <param name="Source">The producer.</param>
/// <param name="From">From when the ledger gave up on them.</param>
/// <param name="To">Before when.</param>
/// <param name="Status"><c>open</c> (as without it), <c>booked</c>, <c>discarded</c> or <c>all</c>.</param>
/// <param name="After">What an earlier page gave as next.</param>
public sealed record DeadLetterQuery(
    string? Reason, string? Source, string? From, string? To, string? Status, string? After);

/// <summary>Shows what could not be booked, and settles it.</summary>
internal static class DeadLetterEndpoints
{
    private const int PageSize = 100;

    /// <summary>
    /// Maps <c>GET /billing/dead-letters</c>, <c>POST …/{id}/retry</c> and <c>POST …/{id}/discard</c>.
    /// </summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/billing/dead-letters").RequireAuthorization(Roles.Operator);
        letters.MapGet("", GetAsync)
            .WithQueryExample("from", "2026-11-01", "From when the ledger gave up on them.")
            .WithQueryExample("to", "2026-12-01T00:00:00Z", "Before when.")
            .WithName("ListDeadLetters");
        letters.MapPost("/{id}/retry", RetryAsync).WithName("RetryDeadLetter");
        letters.MapPost("/{id}/discard", DiscardAsync)
            .WithExample(Examples.Reason)
            .WithRequestLimit()
            .WithName("DiscardDeadLetter");
    }

    private static async Task<Results<Ok<DeadLetterPage>, ProblemHttpResult>> GetAsync(
        [AsParameters] DeadLetterQuery query, NpgsqlDataSource database, CancellationToken cancellation)
    {
        var asked = new QueryReader();
        var filter = new DeadLetterFilter
        {
            Reason = query.Reason,
            Source = query.Source,
            From = asked.Time("from", query.From),
            To = asked.Time("to", query.To),
            Status = asked.Word<string?>(
                "status", query.Status, (DeadLetter.Open, DeadLetter.Open), (DeadLetter.Booked, DeadLetter.Booked),
                (DeadLetter.Discarded, DeadLetter.Discarded), ("all", null)),
        };
        var after = asked.Number("after", query.After) ?? 0;

        if (asked.Problem is { } problem)
        {
            return problem;
        }

        var (letters, areMore) = await DeadLetterTable.ReadPageAsync(database, filter, after, PageSize, cancellation);
        DeadLetterItem[] items = [.. letters.Select(ItemOf)];
        return TypedResults.Ok(new DeadLetterPage(items, areMore ? items[^1].Id : null));
    }

    private static async Task<Results<Ok<DeadLetterItem>, ProblemHttpResult>> RetryAsync(
        long id, ClaimsPrincipal caller, HttpContext context, DeadLetterDesk desk, CancellationToken cancellation) =>
        Answer(id, await desk.RetryAsync(id, caller.Name(), cancellation), context);

    private static async Task<Results<Ok<DeadLetterItem>, ProblemHttpResult>> DiscardAsync(
        long id, ReasonRequest request, ClaimsPrincipal caller, HttpContext context, DeadLetterDesk desk,
        CancellationToken cancellation) =>
        RequestText.Check("reason", request.Reason) is { } problem
            ? problem
            : Answer(id, await desk.DiscardAsync(id, caller.Name(), request.Reason!, cancellation), context);

    private static Results<Ok<DeadLetterItem>, ProblemHttpResult> Answer(
        long id, DeadLetterAnswer answer, HttpContext context)
    {
        switch (answer)
        {
            case DeadLetterAnswer.Settled settled:
                return TypedResults.Ok(ItemOf(settled.Letter));
            case DeadLetterAnswer.Conflicting conflicting:
                return Problems.Of(
                    StatusCodes.Status409Conflict, $"dead letter {id} is {conflicting.Letter.Status} already");
            case DeadLetterAnswer.Refused refused:
                return Problems.Of(StatusCodes.Status422UnprocessableEntity, refused.Reason);
            case DeadLetterAnswer.Unknown:
                return Problems.Of(StatusCodes.Status404NotFound, $"there is no dead letter {id}");
            case DeadLetterAnswer.Busy:
                return Problems.Unavailable(
                    context, $"{DeadLetterDesk.WaitingMax} dead letters wait to be settled already; send it again");
            default:
                return Problems.Unavailable(context, "the database can't be reached; send it again");
        }
    }

    private static DeadLetterItem ItemOf(DeadLetter letter) => new(
        letter.Id.ToString(CultureInfo.InvariantCulture), letter.ReceivedAt, letter.Reason, letter.Source,
        Convert.ToBase64String(letter.Origin.Body.Span), letter.Status, letter.SettledAt, letter.SettledBy,
        letter.EventId, letter.Note);
}
