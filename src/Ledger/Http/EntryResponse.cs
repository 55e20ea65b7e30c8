using EventLedger.Contracts.Money;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Http;

/// <summary>The answer to what an operator booked.</summary>
/// <param name="LedgerEntryId">The event that it became, the first time it was ordered.</param>
/// <param name="CustomerId">Whose entry.</param>
/// <param name="Asset">The asset.</param>
/// <param name="Amount">What it changed the balance by, in the asset's smallest unit.</param>
/// <param name="BalanceAfter">The balance in that asset: right after this entry, or now for a duplicate.</param>
/// <param name="BalanceAfterOmr">The same in whole OMR, truncated toward zero; null for other assets.</param>
/// <param name="BalanceAfterMicroOmr">The same in micro-OMR; null for other assets.</param>
/// <param name="Duplicate">Whether it had been booked before.</param>
public sealed record EntryResponse(
    Guid LedgerEntryId, string CustomerId, string Asset, long Amount, long BalanceAfter, long? BalanceAfterOmr,
    long? BalanceAfterMicroOmr, bool Duplicate)
{
    /// <summary>The answer to an order that was carried out, now or before.</summary>
    internal static EntryResponse Of(string customerId, string asset, long amount, OrderOutcome outcome)
    {
        var (id, balance) = outcome switch
        {
            OrderOutcome.Repeated repeated => (repeated.EventId, repeated.Balance),
            _ => (((OrderOutcome.Done)outcome).EventId, ((OrderOutcome.Done)outcome).Balance),
        };
        var isOmr = asset == Contracts.Money.Asset.MicroOmr.ToString();

        return new(
            id, customerId, asset, amount, balance, isOmr ? Omr.Whole(balance) : null, isOmr ? balance : null,
            outcome is OrderOutcome.Repeated);
    }
}
