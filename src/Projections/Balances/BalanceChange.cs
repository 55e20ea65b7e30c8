namespace EventLedger.Projections.Balances;

/// <summary>What one event does to a balance.</summary>
/// <param name="CustomerId">Whose balance.</param>
/// <param name="Asset">Which of their balances.</param>
/// <param name="Amount">The event's amount in the asset's smallest unit.</param>
/// <param name="Position">
/// The event's position; counted from the append's first, which is 0, where the change is sent along with the events.
/// </param>
public readonly record struct BalanceChange(string CustomerId, string Asset, long Amount, long Position);
