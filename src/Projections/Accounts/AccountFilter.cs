namespace EventLedger.Projections.Accounts;

/// <summary>Which accounts are listed, and how.</summary>
/// <param name="Scope">The accounts that may be seen at all.</param>
/// <param name="Asset">The asset whose balances are shown.</param>
public sealed record AccountFilter(AccountScope Scope, string Asset)
{
    /// <summary>What the customer's id begins with.</summary>
    public string? Prefix { get; init; }

    /// <summary>The tenant that the account belongs to now.</summary>
    public string? TenantId { get; init; }

    /// <summary>The order.</summary>
    public AccountOrdering Ordering { get; init; }
}

/// <summary>The order of a list of accounts.</summary>
public enum AccountOrdering
{
    /// <summary>By the customer's id, in the order of its bytes.</summary>
    CustomerId,

    /// <summary>The lowest balance first; of those that have entries in the asset.</summary>
    LowestBalance,

    /// <summary>The highest balance first; of those that have entries in the asset.</summary>
    HighestBalance,
}
