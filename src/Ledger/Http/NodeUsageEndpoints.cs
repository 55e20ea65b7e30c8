using EventLedger.Accounts;
using EventLedger.Ledger.Booking;
using EventLedger.Ledger.Nodes;
using EventLedger.NodeBilling.Otoml;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>The answer to a node's record.</summary>
/// <param name="LedgerEntryId">The event that it became, the first time it was sent.</param>
/// <param name="NodeId">The node.</param>
/// <param name="IdempotencyKey">The node's own key for it.</param>
/// <param name="UserSid">Whose account was charged.</param>
/// <param name="AmountCents">The charge, in the asset's smallest unit.</param>
/// <param name="Asset">What the amount counts.</param>
/// <param name="Duplicate">Whether it had been booked before.</param>
public sealed record NodeUsageResponse(
    Guid LedgerEntryId, string NodeId, string IdempotencyKey, string UserSid, long AmountCents, string Asset,
    bool Duplicate);

/// <summary>Takes the usage that a node recorded.</summary>
internal static class NodeUsageEndpoints
{
    /// <summary>Maps <c>POST /record_usage</c>.</summary>
    public static void MapNodeUsage(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/record_usage", RecordAsync).AllowAnonymous()
            .Accepts<NodeUsageBody>("application/json", "*/*")
            .WithRequestLimit(NodeUsageBody.BytesMax)
            .WithExample(Examples.NodeUsage).WithName("RecordNodeUsage");

    private static async Task<Results<Ok<NodeUsageResponse>, ProblemHttpResult>> RecordAsync(
        HttpContext context, AdminSecret secret, NodeRecords records, RecordBooking booking,
        NpgsqlDataSource database, TimeProvider time, CancellationToken cancellation)
    {
        if (secret.Refuse(context.Request) is { } refused)
        {
            return refused;
        }

        var (record, field, problem) = await NodeUsageBody.ReadAsync(context.Request, time.GetUtcNow(), cancellation);

        if (record is null)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, problem!, ("field", field));
        }

        var envelope = records.ToEnvelope(record, completedAt: null);

        switch (await booking.BookAsync(envelope, Rail.Node, cancellation))
        {
            case BookingOutcome.Booked booked:
                return Answer(record, records, booked.EventId, duplicate: false);
            case BookingOutcome.Repeated repeated:
                // Amount and user are the same; what else this rail said the first time may not be.
                return await SightingTable.FindContentAsync(database, repeated.EventId, Rail.Node, cancellation)
                    == Fingerprint.OfRecordContent(envelope).Value
                        ? Answer(record, records, repeated.EventId, duplicate: true)
                        : Conflict(record, repeated.EventId);
            case BookingOutcome.Conflicting conflicting:
                return Conflict(record, conflicting.EventId);
            case BookingOutcome.Refused unbookable:
                return Problems.Of(StatusCodes.Status422UnprocessableEntity, unbookable.Reason);
            default:
                return Problems.Unavailable(context, "the database can't be reached; send it again");
        }
    }

    private static Ok<NodeUsageResponse> Answer(
        NodeUsageRecord record, NodeRecords records, Guid eventId, bool duplicate) =>
        TypedResults.Ok(new NodeUsageResponse(
            eventId, record.NodeId, record.IdempotencyKey, record.UserSid, record.AmountCents,
            records.Asset.ToString(), duplicate));

    private static ProblemHttpResult Conflict(NodeUsageRecord record, Guid eventId) => Problems.Of(
        StatusCodes.Status409Conflict,
        $"key {record.IdempotencyKey} of node {record.NodeId} was booked with other content",
        ("ledger_entry_id", eventId));
}
