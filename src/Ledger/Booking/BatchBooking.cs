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

        await Halving.BookAsync(
            submissions,
            async some =>
            {
                // Not to be cancelled: a commit that is under way ends one way or the other.
                var started = time.GetTimestamp();
                var outcomes = await bookkeeper.BookAsync(some, CancellationToken.None);
                meter.Booked(outcomes, time.GetElapsedTime(started));
                told.AddRange(outcomes);
            },
            (_, refusal) =>
            {
                var reason = Halving.ReasonOf(refusal);
                LogRefused(refusal, reason);
                told.Add(new BookingOutcome.Refused(reason));
                return Task.CompletedTask;
            });
        return told;
    }

    [LoggerMessage(LogLevel.Warning, "One of a list was refused: {Reason}.")]
    private partial void LogRefused(Exception refusal, string reason);
}
