using System.Globalization;
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
/// <param name="BodyBase64">Its bytes as they came.</param>
public sealed record DeadLetterItem(string Id, DateTimeOffset ReceivedAt, string Reason, string BodyBase64);

/// <summary>Shows what could not be booked.</summary>
internal static class DeadLetterEndpoints
{
    private const int PageSize = 100;

    /// <summary>Maps <c>GET /billing/dead-letters</c>.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/billing/dead-letters", GetAsync)
            .RequireAuthorization(Roles.Operator)
            .WithName("ListDeadLetters");

    private static async Task<Results<Ok<DeadLetterPage>, ProblemHttpResult>> GetAsync(
        string? after, NpgsqlDataSource database, CancellationToken cancellation)
    {
        var afterId = 0L;

        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out afterId))
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "after is not what an earlier page gave as next");
        }

        var letters = await DeadLetterTable.ReadAsync(database, afterId, PageSize + 1, cancellation);
        var items = letters.Take(PageSize)
            .Select(letter => new DeadLetterItem(
                letter.Id.ToString(CultureInfo.InvariantCulture), letter.ReceivedAt, letter.Reason,
                Convert.ToBase64String(letter.Body)))
            .ToArray();

        return TypedResults.Ok(new DeadLetterPage(items, letters.Count > PageSize ? items[^1].Id : null));
    }
}
