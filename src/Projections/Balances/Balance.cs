namespace EventLedger.Projections.Balances;

/// <summary>What a customer's amounts in one asset add up to.</summary>
/// <param name="Asset">The asset, <c>OMR/6</c>.</param>
/// <param name="Amount">The sum in the asset's smallest unit.</param>
/// <param name="Entries">How many events changed it.</param>
/// <param name="Position">The last position that changed it.</param>
public readonly record struct Balance(string Asset, long Amount, long Entries, long Position);
