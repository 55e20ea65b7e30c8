namespace EventLedger.Ledger.Booking;

/// <summary>
/// Books the envelopes of one request in one transaction. If one is refused by its data, the rest is booked in halves
/// around it.
/// </summary>
/// <param name="bookkeeper">Books them.</param>
public sealed class BatchBooking(Bookkeeper bookkeeper)
{
    /// <summary>Tells for each envelope what became of it, in order.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database can't be reached; sending all again is safe.</exception>
    public async Task<BookingOutcome[]> BookAsync(ReadOnlyMemory<RequestSubmission> submissions)
    {
        if (submissions.IsEmpty)
        {
            return [];
        }

        try
        {
            // Not to be cancelled: a commit that is under way ends one way or the other.
            return await bookkeeper.BookAsync([.. submissions.Span], CancellationToken.None);
        }
        catch (Exception refusal) when (BookingLane.IsOfData(refusal) && submissions.Length > 1)
        {
            var half = submissions.Length / 2;
            return [.. await BookAsync(submissions[..half]), .. await BookAsync(submissions[half..])];
        }
        catch (Exception refusal) when (BookingLane.IsOfData(refusal))
        {
            return [new BookingOutcome.Refused(BookingLane.ReasonOf(refusal))];
        }
    }
}
