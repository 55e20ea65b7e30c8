using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Nodes;

/// <summary>Books records of nodes through the lanes.</summary>
/// <param name="lanes">Where everything is booked.</param>
internal sealed class RecordBooking(BookingLanes lanes)
{
    /// <summary>Books a record; tells what became of it.</summary>
    public async Task<BookingOutcome> BookAsync(UsageEnvelope record, Rail rail, CancellationToken cancellation)
    {
        var submission = new RecordSubmission(record, rail) { Span = BookingTrace.Begin() };
        await lanes.SubmitAsync(submission, cancellation);
        return await submission.Outcome.WaitAsync(cancellation);
    }
}
