namespace EventLedger.Accounts;

/// <summary>What <see cref="OrderDecider"/> made of an order.</summary>
public abstract record OrderDecision
{
    private OrderDecision()
    {
    }

    /// <summary>It becomes an event, after the customer's opening where that is what it is.</summary>
    /// <param name="Id">The event's id.</param>
    /// <param name="Fingerprint">What a repetition must equal.</param>
    /// <param name="Opened">The opening that comes first; null for a known customer.</param>
    /// <param name="Event">The event.</param>
    public sealed record Accepted(Guid Id, Fingerprint Fingerprint, AccountOpened? Opened, AccountEvent Event)
        : OrderDecision;

    /// <summary>It was carried out before, as the event <paramref name="Id"/>: nothing changes.</summary>
    public sealed record Repeated(Guid Id) : OrderDecision;

    /// <summary>The account is already as it should be, by whatever event: nothing changes.</summary>
    public sealed record AlreadySo : OrderDecision;

    /// <summary>The same was ordered with other content, and became the event <paramref name="Id"/>.</summary>
    public sealed record Conflicting(Guid Id) : OrderDecision;

    /// <summary>It would undo a charge whose <paramref name="Corrections"/> would go on counting.</summary>
    public sealed record Corrected(IReadOnlyCollection<Guid> Corrections) : OrderDecision;

    /// <summary>It can't be carried out.</summary>
    public sealed record Refused(OrderRefusal Refusal) : OrderDecision;
}

/// <summary>Why an order can't be carried out.</summary>
public enum OrderRefusal
{
    /// <summary>Nobody knows the customer, and no tenant is named to open it under.</summary>
    UnknownCustomer,

    /// <summary>The entry is a reversal; what it undid stays undone.</summary>
    ReversalOfReversal,

    /// <summary>The customer belongs to another tenant than the one named.</summary>
    OtherTenant,
}
