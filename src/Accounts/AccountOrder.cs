using EventLedger.Contracts.Money;

namespace EventLedger.Accounts;

/// <summary>What an operator wants done with a customer's account.</summary>
/// <param name="CustomerId">Whose account.</param>
/// <param name="Reason">Why; kept with the event.</param>
/// <param name="By">The operator; kept with the event.</param>
public abstract record AccountOrder(string CustomerId, string Reason, string By)
{
    /// <summary>Top it up.</summary>
    public sealed record GrantCredit(string CustomerId, string Reason, string By) : AccountOrder(CustomerId, Reason, By)
    {
        /// <summary>The granter's name for the grant.</summary>
        public required string GrantId { get; init; }

        /// <summary>How much, in the asset's smallest unit, above zero.</summary>
        public required long Amount { get; init; }

        /// <summary>The asset.</summary>
        public required Asset Asset { get; init; }

        /// <summary>The tenant that an unknown customer is opened under.</summary>
        public string? TenantId { get; init; }
    }

    /// <summary>Undo an entry of it.</summary>
    public sealed record ReverseEntry(string CustomerId, string Reason, string By)
        : AccountOrder(CustomerId, Reason, By)
    {
        /// <summary>The entry.</summary>
        public required EntryToReverse Entry { get; init; }
    }

    /// <summary>Close it, for good.</summary>
    public sealed record Close(string CustomerId, string Reason, string By) : AccountOrder(CustomerId, Reason, By);

    /// <summary>Give it to another tenant.</summary>
    public sealed record ChangeTenant(string CustomerId, string Reason, string By)
        : AccountOrder(CustomerId, Reason, By)
    {
        /// <summary>The tenant.</summary>
        public required string TenantId { get; init; }
    }
}

/// <summary>A stored entry, as far as its reversal needs it.</summary>
/// <param name="EventId">Its event.</param>
/// <param name="Type">The event's stored name.</param>
/// <param name="Amount">What it changed the balance by.</param>
/// <param name="Asset">In which asset.</param>
/// <param name="Model">The model that answered; null for none.</param>
/// <param name="CompletedAt">When what it is of was completed, UTC; null where the entry doesn't say.</param>
public sealed record EntryToReverse(
    Guid EventId, string Type, long Amount, string Asset, string? Model, string? CompletedAt = null);
