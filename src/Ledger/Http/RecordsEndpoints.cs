using System.Text.Json;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Money;
using EventLedger.Ledger.Booking;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>The answers to a list of charges, in its order.</summary>
/// <param name="Items">One answer for each.</param>
public sealed record RecordsResponse(IReadOnlyList<RecordAnswer> Items);

/// <summary>The answer to one charge of a list.</summary>
/// <param name="Status">
/// <c>booked</c>, <c>duplicate</c>, <c>conflict</c>, <c>unknown_customer</c> (to be sent again once the account is
/// open) or <c>refused</c>.
/// </param>
/// <param name="LedgerEntryId">The event that it became, or was before, or conflicts with.</param>
/// <param name="BalanceAfterOmr">The balance in whole OMR, truncated toward zero.</param>
/// <param name="BalanceAfterMicroOmr">The balance in micro-OMR: right after this entry, or now for a duplicate.</param>
/// <param name="Field">The field at fault; null where none is.</param>
/// <param name="Problem">What is wrong; null where nothing is.</param>
public sealed record RecordAnswer(
    string Status, Guid? LedgerEntryId = null, long? BalanceAfterOmr = null, long? BalanceAfterMicroOmr = null,
    string? Field = null, string? Problem = null)
{
    /// <summary>The answer to what can't be read.</summary>
    internal static RecordAnswer Of(EnvelopeProblem problem) =>
        new("refused", Field: problem.Field, Problem: problem.ToString());

    /// <summary>The answer to what became of an envelope.</summary>
    internal static RecordAnswer Of(BookingOutcome outcome) => outcome switch
    {
        BookingOutcome.Booked booked => Charged("booked", booked.EventId, booked.BalanceAfterMicroOmr),
        BookingOutcome.Repeated repeated => Charged("duplicate", repeated.EventId, repeated.BalanceMicroOmr),
        BookingOutcome.Conflicting conflicting =>
            new("conflict", conflicting.EventId, Problem: "the request was booked with other content"),
        BookingOutcome.UnknownCustomer => new(
            "unknown_customer", Field: "metadata.tenant_id",
            Problem: "the customer is not known; name metadata.tenant_id to open an account"),
        _ => new("refused", Problem: ((BookingOutcome.Refused)outcome).Reason),
    };

    private static RecordAnswer Charged(string status, Guid eventId, long balance) =>
        new(status, eventId, Omr.Whole(balance), balance);
}

/// <summary>Takes lists of usage over HTTP.</summary>
internal static class RecordsEndpoints
{
    private static readonly string[] LineTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

    /// <summary>Maps <c>POST /billing/metering/records</c>.</summary>
    public static void MapRecords(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/billing/metering/records", RecordAsync)
            .RequireAuthorization(Roles.Operator)
            .Accepts<JsonElement[]>("application/json", LineTypes)
            .WithExample(Examples.Envelopes)
            .RequireRateLimiting(RateLimits.Lists)
            .WithRequestLimit(EnvelopeList.BytesMax)
            .WithName("RecordUsageList");

    private static async Task<Results<Ok<RecordsResponse>, ProblemHttpResult>> RecordAsync(
        HttpContext context, BatchBooking booking, CancellationToken cancellation)
    {
        var isLines = LineTypes.Contains(context.Request.MediaType());

        if (!isLines && !context.Request.HasJsonContentType())
        {
            return Problems.Of(
                StatusCodes.Status415UnsupportedMediaType,
                $"the body is to be application/json with an array, or {LineTypes[0]} with an envelope a line");
        }

        var body = await ReadBodyAsync(context.Request, cancellation);

        if (Split(body.Span, isLines) is not { } places)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "the body is no JSON array");
        }

        return places.Count > EnvelopeList.CountMax
            ? Problems.Of(
                StatusCodes.Status413PayloadTooLarge,
                $"the body has more than {EnvelopeList.CountMax} envelopes; send them in several requests")
            : TypedResults.Ok(new RecordsResponse(await BookAsync(body, places, booking)));
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request, CancellationToken cancellation)
    {
        // Bounded by the endpoint's limit, past which reading fails with 413.
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellation);
        return body.GetBuffer().AsMemory(0, checked((int)body.Length));
    }

    private static List<Range>? Split(ReadOnlySpan<byte> body, bool isLines)
    {
        try
        {
            return isLines ? EnvelopeList.SplitLines(body) : EnvelopeList.SplitArray(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<RecordAnswer[]> BookAsync(
        ReadOnlyMemory<byte> body, List<Range> places, BatchBooking booking)
    {
        var answers = new RecordAnswer[places.Count];
        var submissions = new List<RequestSubmission>(places.Count);
        var asked = new List<int>(places.Count);

        foreach (var (i, place) in places.Index())
        {
            var (envelope, problem) = EnvelopeList.Read(body.Span, place);

            if (envelope is null)
            {
                answers[i] = RecordAnswer.Of(problem);
                continue;
            }

            submissions.Add(new RequestSubmission(envelope) { Span = BookingTrace.Begin() });
            asked.Add(i);
        }

        foreach (var (i, outcome) in asked.Zip(await booking.BookAsync(submissions)))
        {
            answers[i] = RecordAnswer.Of(outcome);
        }

        return answers;
    }
}
