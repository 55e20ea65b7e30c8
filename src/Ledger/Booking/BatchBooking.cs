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
    public Task<BookingOutcome[]> BookAsync(ReadOnlyMemory<RequestSubmission> submissions) =>
        BookAsync(submissions, isAgain: false);

    private async Task<BookingOutcome[]> BookAsync(ReadOnlyMemory<RequestSubmission> submissions, bool isAgain)
    {
        if (submissions.IsEmpty)
        {
            return [];
        }

        try
        {
            // Not to be cancelled: a commit that is under way ends one way or the other.
            var started = time.GetTimestamp();
            var outcomes = await bookkeeper.BookAsync([.. submissions.Span], CancellationToken.None);
            meter.Booked(outcomes, time.GetElapsedTime(started));
            return outcomes;
        }
        catch (Exception refusal) when (BookingLane.IsOfData(refusal) && submissions.Length > 1)
        {
            var half = submissions.Length / 2;
            return [.. await BookAsync(submissions[..half]), .. await BookAsync(submissions[half..])];
        }
        catch (Exception refusal) when (BookingLane.IsTaken(refusal) && !isAgain)
        {
            return await BookAsync(submissions, isAgain: true);
        }
        catch (Exception refusal) when (BookingLane.IsOfData(refusal))
        {
            var reason = BookingLane.ReasonOf(refusal);
            LogRefused(refusal, reason);
            return [new BookingOutcome.Refused(reason)];
        }
    }

    [LoggerMessage(LogLevel.Warning, "One of a list was refused: {Reason}.")]
    private partial void LogRefused(Exception refusal, string reason);
}
