namespace EventLedger.Projections.Accounts;

/// <summary>The accounts that somebody may see: a tenant's, one customer's, or all where neither is named.</summary>
/// <param name="TenantId">The tenant that the accounts belong to now.</param>
/// <param name="CustomerId">The one customer.</param>
public sealed record AccountScope(string? TenantId = null, string? CustomerId = null)
{
    /// <summary>All accounts.</summary>
    public static readonly AccountScope All = new();
}
