namespace EventLedger.Projections.Accounts;

/// <summary>An account as a list shows it.</summary>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="TenantId">The tenant that it belongs to now.</param>
/// <param name="IsClosed">Whether an operator has closed it.</param>
/// <param name="Balance">Its balance in the asset that was asked for, in the smallest unit.</param>
/// <param name="Entries">How many events changed that balance.</param>
public readonly record struct ListedAccount(
    string CustomerId, string TenantId, bool IsClosed, long Balance, long Entries);
