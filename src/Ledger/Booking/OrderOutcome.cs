using EventLedger.Accounts;

namespace EventLedger.Ledger.Booking;

/// <summary>What became of an operator's order. All are committed, or changed nothing.</summary>
public abstract record OrderOutcome
{
    private OrderOutcome()
    {
    }

    /// <summary>It became the event <paramref name="EventId"/>.</summary>
    /// <param name="EventId">The event.</param>
    /// <param name="Balance">The balance right after it, in the order's asset; 0 where it moves no money.</param>
    public sealed record Done(Guid EventId, long Balance) : OrderOutcome;

    /// <summary>It was the event <paramref name="EventId"/> before.</summary>
    /// <param name="EventId">The first event.</param>
    /// <param name="Balance">The balance now, in the order's asset; 0 where it moves no money.</param>
    public sealed record Repeated(Guid EventId, long Balance) : OrderOutcome;

    /// <summary>The account is already as it should be.</summary>
    public sealed record AlreadySo : OrderOutcome;

    /// <summary>The same was ordered with other content, and became the event <paramref name="EventId"/>.</summary>
    public sealed record Conflicting(Guid EventId) : OrderOutcome;

    /// <summary>It would undo a charge whose <paramref name="Corrections"/> would go on counting.</summary>
    public sealed record Corrected(IReadOnlyCollection<Guid> Corrections) : OrderOutcome;

    /// <summary>It can't be carried out.</summary>
    public sealed record Refused(OrderRefusal Refusal) : OrderOutcome;

    /// <summary>It would take the balance outside 64 bits.</summary>
    public sealed record OutOfRange : OrderOutcome;
}
