using System.Globalization;
using System.Security.Claims;
using EventLedger.Contracts.Envelopes;
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

/// <summary>An order to give a dead letter up.</summary>
/// <param name="Reason">Why; kept with it.</param>
public sealed record DiscardRequest(string? Reason);

/// <summary>Which dead letters are asked for.</summary>
/// <param name="Reason">A part of the reason.</param>
/// <param name="Source">The producer.</param>
/// <param name="From">From when the ledger gave up on them.</param>
/// <param name="To">Before when.</param>
/// <param name="Status"><c>open</c> (as without it), <c>booked</c>, <c>discarded</c> or <c>all</c>.</param>
/// <param name="After">What an earlier page gave as next.</param>
public sealed record DeadLetterQuery(
    string? Reason, string? Source, DateTimeOffset? From, DateTimeOffset? To, string? Status, string? After);

/// <summary>Shows what could not be booked, and settles it.</summary>
internal static class DeadLetterEndpoints
{
    private const int PageSize = 100;
    private const string All = "all";
    private const string RetryAfterSeconds = "1";

    private static readonly string[] Statuses =
        [DeadLetter.Open, DeadLetter.Booked, DeadLetter.Discarded, All];

    /// <summary>
    /// Maps <c>GET /billing/dead-letters</c>, <c>POST …/{id}/retry</c> and <c>POST …/{id}/discard</c>.
    /// </summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/billing/dead-letters").RequireAuthorization(Roles.Operator);
        letters.MapGet("", GetAsync).WithName("ListDeadLetters");
        letters.MapPost("/{id}/retry", RetryAsync).WithName("RetryDeadLetter");
        letters.MapPost("/{id}/discard", DiscardAsync).WithExample(Examples.Reason).WithName("DiscardDeadLetter");
    }

    private static async Task<Results<Ok<DeadLetterPage>, ProblemHttpResult>> GetAsync(
        [AsParameters] DeadLetterQuery query, NpgsqlDataSource database, CancellationToken cancellation)
    {
        var afterId = 0L;

        if (query.After is { } after
            && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out afterId))
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "after is not what an earlier page gave as next");
        }

        if (query.Status is { } status && !Statuses.Contains(status))
        {
            return Problems.Of(
                StatusCodes.Status400BadRequest, $"status is one of {string.Join(", ", Statuses)}");
        }

        var filter = new DeadLetterFilter
        {
            Reason = query.Reason,
            Source = query.Source,
            From = query.From,
            To = query.To,
            Status = query.Status is All ? null : query.Status ?? DeadLetter.Open,
        };
        var letters = await DeadLetterTable.ReadAsync(database, filter, afterId, PageSize + 1, cancellation);
        DeadLetterItem[] items = [.. letters.Take(PageSize).Select(ItemOf)];
        return TypedResults.Ok(new DeadLetterPage(items, letters.Count > PageSize ? items[^1].Id : null));
    }

    private static async Task<Results<Ok<DeadLetterItem>, ProblemHttpResult>> RetryAsync(
        long id, ClaimsPrincipal caller, HttpContext context, DeadLetterDesk desk, CancellationToken cancellation) =>
        Answer(id, await desk.RetryAsync(id, NameOf(caller), cancellation), context);

    private static async Task<Results<Ok<DeadLetterItem>, ProblemHttpResult>> DiscardAsync(
        long id, DiscardRequest request, ClaimsPrincipal caller, HttpContext context, DeadLetterDesk desk,
        CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Length > EnvelopeReader.TextLengthMax
            ? Problems.Of(
                StatusCodes.Status400BadRequest,
                $"reason is needed, with at most {EnvelopeReader.TextLengthMax} characters", ("field", "reason"))
            : Answer(id, await desk.DiscardAsync(id, NameOf(caller), request.Reason, cancellation), context);

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
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                return Problems.Of(
                    StatusCodes.Status503ServiceUnavailable,
                    $"{DeadLetterDesk.WaitingMax} dead letters wait to be settled already; send it again");
            default:
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                return Problems.Of(
                    StatusCodes.Status503ServiceUnavailable, "the database can't be reached; send it again");
        }
    }

    private static string NameOf(ClaimsPrincipal caller) => caller.FindFirstValue("sub")!;

    private static DeadLetterItem ItemOf(DeadLetter letter) => new(
        letter.Id.ToString(CultureInfo.InvariantCulture), letter.ReceivedAt, letter.Reason, letter.Source,
        Convert.ToBase64String(letter.Origin.Body.Span), letter.Status, letter.SettledAt, letter.SettledBy,
        letter.EventId, letter.Note);
}
