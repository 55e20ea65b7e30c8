using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Nodes;

/// <summary>Books records of nodes through the lanes.</summary>
/// <param name="lanes">Where everything is booked.</param>
internal sealed class RecordBooking(BookingLanes lanes)
{
    /// <summary>How often a record is submitted.</summary>
    public const int AttemptsMax = 2;

    /// <summary>Books a record; tells what became of it.</summary>
    public async Task<BookingOutcome> BookAsync(UsageEnvelope record, Rail rail, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var submission = new RecordSubmission(record, rail);
            await lanes.SubmitAsync(submission, cancellation);
            var outcome = await submission.Outcome.WaitAsync(cancellation);

            // The same key of two customers at the same moment: no lock is common to them, and the database refuses
            // the later one. The next attempt finds the earlier one booked, and says so.
            if (outcome is not BookingOutcome.Refused || attempt == AttemptsMax)
            {
                return outcome;
            }
        }
    }
}
