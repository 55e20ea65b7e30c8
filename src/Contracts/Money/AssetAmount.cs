namespace EventLedger.Contracts.Money;

/// <summary>An amount, and what it counts.</summary>
/// <param name="Amount">In the asset's smallest unit; negative is spend.</param>
/// <param name="Asset">The asset.</param>
public readonly record struct AssetAmount(long Amount, Asset Asset);
