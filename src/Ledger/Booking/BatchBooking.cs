using EventLedger.Ledger.Monitoring;

namespace EventLedger.Ledger.Booking;

/// <summary>
/// Books the envelopes of one request in one transaction. If one is refused by its data, the rest is booked in halves
/// around it.
/// </summary>
/// <param name="bookkeeper">Books them.</param>
/// <param name="meter">Counts them.</param>
/// <param name="time">Times them.</param>
/// <param name="logger">Is told what the database says of those that it refuses.</param>
public sealed partial class BatchBooking(
    Bookkeeper bookkeeper, LedgerMeter meter, TimeProvider time, ILogger<BatchBooking> logger)
{
    /// <summary>Tells for each envelope what became of it, in order.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database can't be reached; sending all again is safe.</exception>
    public async Task<IReadOnlyList<BookingOutcome>> BookAsync(IReadOnlyList<RequestSubmission> submissions)
    {
        var told = new List<BookingOutcome>(submissions.Count);

        if (submissions.Count == 0)
        {
            return told;
        }

        try
        {
            await Halving.BookAsync(submissions, BookTogetherAsync, RefuseAsync);
        }
        finally
        {
            foreach (var submission in submissions.Where(submission => !submission.IsSettled))
            {
                submission.Settle(new BookingOutcome.Unavailable());
            }
        }

        return told;

        async Task BookTogetherAsync(IReadOnlyList<RequestSubmission> some)
        {
            // Not to be cancelled: a commit that is under way ends one way or the other.
            var started = time.GetTimestamp();
            var outcomes = await bookkeeper.BookAsync(some, CancellationToken.None);
            meter.Booked(outcomes, time.GetElapsedTime(started));

            foreach (var (submission, outcome) in some.Zip(outcomes))
            {
                Tell(submission, outcome);
            }
        }

        Task RefuseAsync(RequestSubmission submission, Exception refusal)
        {
            var refused = new BookingOutcome.Refused(Halving.ReasonOf(refusal));
            LogRefused(refusal, refused.Reason);
            Tell(submission, refused);
            return Task.CompletedTask;
        }

        void Tell(RequestSubmission submission, BookingOutcome outcome)
        {
            submission.Settle(outcome);
            told.Add(outcome);
        }
    }

    [LoggerMessage(LogLevel.Warning, "One of a list was refused: {Reason}.")]
    private partial void LogRefused(Exception refusal, string reason);
}
