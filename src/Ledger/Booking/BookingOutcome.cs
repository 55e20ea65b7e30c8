namespace EventLedger.Ledger.Booking;

/// <summary>What became of a submission. All but <see cref="Unavailable"/> are committed, or changed nothing.</summary>
public abstract record BookingOutcome
{
    private BookingOutcome()
    {
    }

    /// <summary>It became the event <paramref name="EventId"/>.</summary>
    /// <param name="EventId">The event.</param>
    /// <param name="BalanceAfterMicroOmr">The customer's balance in micro-OMR right after it.</param>
    public sealed record Booked(Guid EventId, long BalanceAfterMicroOmr) : BookingOutcome;

    /// <summary>It was the event <paramref name="EventId"/> before.</summary>
    /// <param name="EventId">The first event.</param>
    /// <param name="BalanceMicroOmr">The customer's balance now; 0 where the submitter doesn't ask.</param>
    public sealed record Repeated(Guid EventId, long BalanceMicroOmr) : BookingOutcome;

    /// <summary>Its request id was booked with other content, as the event <paramref name="EventId"/>.</summary>
    public sealed record Conflicting(Guid EventId) : BookingOutcome;

    /// <summary>Nobody knows its customer; what came through the broker is kept until somebody does.</summary>
    public sealed record UnknownCustomer : BookingOutcome;

    /// <summary>It is kept as a dead letter.</summary>
    public sealed record DeadLettered : BookingOutcome;

    /// <summary>It can't be booked, whatever is tried.</summary>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Refused(string Reason) : BookingOutcome;

    /// <summary>The database can't be reached; it may be booked or not, and sending it again is safe.</summary>
    public sealed record Unavailable : BookingOutcome;
}
