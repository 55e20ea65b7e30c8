namespace EventLedger.Projections.Balances;

/// <summary>A customer's balances as they were at a position of the ledger.</summary>
/// <param name="AsOfPosition">That position.</param>
/// <param name="Position">The last position up to it that changed a balance of the customer; 0 if none did.</param>
/// <param name="Assets">The balances by asset.</param>
public sealed record PastBalance(long AsOfPosition, long Position, IReadOnlyList<AssetBalance> Assets);

/// <summary>A balance in one asset.</summary>
/// <param name="Asset">The asset, <c>OMR/6</c>.</param>
/// <param name="Amount">The sum in the asset's smallest unit.</param>
/// <param name="Entries">How many events changed it.</param>
public readonly record struct AssetBalance(string Asset, long Amount, long Entries);
