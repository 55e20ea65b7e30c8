namespace EventLedger.Accounts;

/// <summary>What <see cref="UsageDecider"/> made of an envelope.</summary>
public abstract record UsageDecision
{
    private UsageDecision()
    {
    }

    /// <summary>It becomes an event, after the customer's opening where that is what it is.</summary>
    /// <param name="Id">The event's id.</param>
    /// <param name="Fingerprint">What a repetition must equal.</param>
    /// <param name="Opened">The opening that comes first; null for a known customer.</param>
    /// <param name="Usage">The charge.</param>
    public sealed record Charged(Guid Id, Fingerprint Fingerprint, AccountOpened? Opened, UsageRecorded Usage)
        : UsageDecision;

    /// <summary>It was booked before, as the event <paramref name="Id"/>: nothing changes.</summary>
    public sealed record Repeated(Guid Id) : UsageDecision;

    /// <summary>
    /// Its key was booked with other content, as the event <paramref name="Id"/>, and the caller is told.
    /// </summary>
    public sealed record Conflicting(Guid Id) : UsageDecision;

    /// <summary>Nobody knows the customer, and no tenant is named to open it under.</summary>
    public sealed record UnknownCustomer : UsageDecision;
}
