using System.Text.Json;
using EventLedger.Contracts.Money;
using EventLedger.Ledger.Booking;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>The answer to a charge.</summary>
/// <param name="LedgerEntryId">The event that it became, the first time it was sent.</param>
/// <param name="BalanceAfterOmr">The balance in whole OMR, truncated toward zero.</param>
/// <param name="BalanceAfterMicroOmr">The balance in micro-OMR: right after this entry, or now for a duplicate.</param>
/// <param name="Duplicate">Whether it had been booked before.</param>
public sealed record ChargeResponse(
    Guid LedgerEntryId, long BalanceAfterOmr, long BalanceAfterMicroOmr, bool Duplicate);

/// <summary>Takes usage over HTTP.</summary>
internal static class MeteringEndpoints
{
    /// <summary>Maps <c>POST /billing/metering/record</c>.</summary>
    public static void MapMetering(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/billing/metering/record", RecordAsync)
            .RequireAuthorization(Roles.Operator)
            .Accepts<JsonElement>("application/json", "*/*")
            .WithExample(Examples.Envelope)
            .WithName("RecordUsage");

    private static async Task<Results<Ok<ChargeResponse>, ProblemHttpResult>> RecordAsync(
        HttpContext context, BookingLanes lanes, CancellationToken cancellation)
    {
        var (envelope, problem) = await EnvelopeBody.ReadAsync(context.Request, cancellation);

        if (envelope is null)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, problem.ToString(), ("field", problem.Field));
        }

        var submission = new RequestSubmission(envelope) { Span = BookingTrace.Begin() };
        await lanes.SubmitAsync(submission, cancellation);

        switch (await submission.Outcome)
        {
            case BookingOutcome.Booked booked:
                return Charged(booked.EventId, booked.BalanceAfterMicroOmr, duplicate: false);
            case BookingOutcome.Repeated repeated:
                return Charged(repeated.EventId, repeated.BalanceMicroOmr, duplicate: true);
            case BookingOutcome.Conflicting conflicting:
                return Problems.Of(
                    StatusCodes.Status409Conflict,
                    $"request {envelope.RequestId} of customer {envelope.CustomerId} was booked with other content",
                    ("ledger_entry_id", conflicting.EventId));
            case BookingOutcome.UnknownCustomer:
                return Problems.Of(
                    StatusCodes.Status404NotFound,
                    $"customer {envelope.CustomerId} is not known; name metadata.tenant_id to open an account");
            case BookingOutcome.Refused refused:
                return Problems.Of(StatusCodes.Status422UnprocessableEntity, refused.Reason);
            default:
                return Problems.Unavailable(context, "the database can't be reached; send it again");
        }
    }

    private static Ok<ChargeResponse> Charged(Guid eventId, long balanceMicroOmr, bool duplicate) =>
        TypedResults.Ok(new ChargeResponse(eventId, Omr.Whole(balanceMicroOmr), balanceMicroOmr, duplicate));
}
