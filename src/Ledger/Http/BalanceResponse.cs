using EventLedger.Contracts.Money;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Http;

/// <summary>What a customer's entries add up to.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="BalanceOmr">The balance in whole OMR, truncated toward zero.</param>
/// <param name="BalanceMicroOmr">The balance in micro-OMR.</param>
/// <param name="Entries">How many events changed a balance, over all assets.</param>
/// <param name="Position">The last position that changed one; 0 if none did.</param>
/// <param name="Balances">The balance in each asset, in its smallest unit.</param>
/// <param name="AsOfPosition">The position of the ledger that was asked for; null for the newest.</param>
public sealed record BalanceResponse(
    string CustomerId, long BalanceOmr, long BalanceMicroOmr, long Entries, long Position,
    IReadOnlyDictionary<string, long> Balances, long? AsOfPosition)
{
    /// <summary>Puts a customer's balances together.</summary>
    public static BalanceResponse Of(string customerId, IReadOnlyList<Balance> balances) => Of(
        customerId, balances.ToDictionary(balance => balance.Asset, balance => balance.Amount),
        balances.Sum(balance => balance.Entries),
        balances.Select(balance => balance.Position).DefaultIfEmpty().Max(), asOfPosition: null);

    /// <summary>Puts a customer's balances together, as they were.</summary>
    public static BalanceResponse Of(string customerId, PastBalance past) => Of(
        customerId, past.Assets.ToDictionary(balance => balance.Asset, balance => balance.Amount),
        past.Assets.Sum(balance => balance.Entries), past.Position, past.AsOfPosition);

    private static BalanceResponse Of(
        string customerId, Dictionary<string, long> byAsset, long entries, long position, long? asOfPosition)
    {
        var micro = byAsset.GetValueOrDefault(Asset.MicroOmr.ToString());
        return new(customerId, Omr.Whole(micro), micro, entries, position, byAsset, asOfPosition);
    }
}
