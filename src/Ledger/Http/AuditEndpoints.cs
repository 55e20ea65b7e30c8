using System.Security.Claims;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Auditing;
using EventLedger.Projections.Entries;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>The newest block.</summary>
/// <param name="Block">Its number.</param>
/// <param name="Position">Its last position, the ledger's newest.</param>
/// <param name="Time">Its time.</param>
/// <param name="Hash">Its hash in hexadecimal.</param>
/// <param name="Anchor">The line for a file of anchors, signed with the ledger's key; null where it has none.</param>
public sealed record HeadResponse(long Block, long Position, DateTimeOffset Time, string Hash, string? Anchor);

/// <summary>Which events are asked for.</summary>
/// <param name="FromPosition">The first position; 1 without it.</param>
/// <param name="ToPosition">The last position; without it, the newest one when the request came.</param>
/// <param name="Customer">Only this customer's.</param>
public sealed record EventQuery(
    [property: FromQuery(Name = "from_position")] long? FromPosition,
    [property: FromQuery(Name = "to_position")] long? ToPosition,
    string? Customer);

/// <summary>Shows the ledger as it is stored, and proves it.</summary>
internal static class AuditEndpoints
{
    /// <summary>
    /// Maps <c>GET /billing/audit/events</c>, <c>GET /billing/audit/head</c> and
    /// <c>GET /billing/entries/{id}/receipt</c>.
    /// </summary>
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/billing/audit/events", GetEventsAsync)
            .RequireAuthorization(Roles.Reader)
            .RequireRateLimiting(RateLimits.EventReads)
            .WithQueryExample("from_position", "1", "The first position; 1 without it.")
            .WithQueryExample("to_position", "1000", "The last position; without it, the newest one.")
            .WithQueryExample("customer", "user-uuid-1", "Only this customer's events.")
            .Produces(StatusCodes.Status200OK, contentType: EventLines.MediaType)
            .WithName("ReadEvents");
        routes.MapGet("/billing/audit/head", GetHeadAsync)
            .RequireAuthorization(Roles.Reader)
            .WithAnswer(Answers.Head)
            .WithName("GetHead");
        routes.MapGet("/billing/entries/{entryId}/receipt", GetReceiptAsync)
            .Produces(StatusCodes.Status200OK)
            .WithAnswer(Answers.Receipt)
            .WithName("GetReceipt");
    }

    private static async Task<IResult> GetEventsAsync(
        [AsParameters] EventQuery query, EventReader reader, EntryQueries entries, NpgsqlDataSource database,
        ILogger<EventsResult> logger, CancellationToken cancellation)
    {
        var first = query.FromPosition ?? 1;

        if (first < 1)
        {
            return Problems.OfField("from_position", "is below 1, the first position");
        }

        if (query.ToPosition < first)
        {
            return Problems.OfField("to_position", $"is before from_position, {first}");
        }

        // What lies beyond the head isn't there yet.
        var last = Math.Min(query.ToPosition ?? long.MaxValue, await reader.ReadHeadAsync(cancellation));
        return new EventsResult(reader, entries, database, first, last, query.Customer, logger);
    }

    private static async Task<Results<Ok<HeadResponse>, ProblemHttpResult>> GetHeadAsync(
        EventReader reader, NpgsqlDataSource database, AnchorSigner signer, CancellationToken cancellation)
    {
        if (await reader.ReadHeadAsync(cancellation) == 0)
        {
            return Problems.Of(StatusCodes.Status404NotFound, "the ledger has no block yet");
        }

        var block = await AnchorSource.NewestAsync(database, cancellation);
        return TypedResults.Ok(new HeadResponse(
            block.Number, block.LastPosition, DateTimeOffset.UnixEpoch.AddMicroseconds(block.TimeUs),
            Convert.ToHexStringLower(block.Hash), signer.Sign(block)));
    }

    // Who may not read the entry learns nothing of it, not even that it is there.
    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> GetReceiptAsync(
        string entryId, ClaimsPrincipal caller, AccountAccess access, EventReader reader, NpgsqlDataSource database,
        CancellationToken cancellation)
    {
        if (!Guid.TryParse(entryId, out var eventId)
            || await reader.FindAsync(eventId, cancellation) is not { } found
            || !await access.MayReadAsync(caller, found.StreamId, cancellation))
        {
            return Problems.Of(StatusCodes.Status404NotFound, $"entry {entryId} is not known");
        }

        var receipt = await new ReceiptSource(database).MakeAsync(eventId, [], cancellation);
        return TypedResults.Content(ReceiptText.Write(receipt) + "\n", "application/json");
    }
}
