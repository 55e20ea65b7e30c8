using EventLedger.Contracts.Money;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Reads what a grant is worth. It is said in exactly one way, and never rounded.</summary>
internal static class GrantedAmount
{
    /// <summary>The amount in the asset's smallest unit, or what is wrong with it.</summary>
    public static ProblemHttpResult? Read(CreditRequest request, out long amount, out Asset asset)
    {
        (amount, asset) = (0, Asset.MicroOmr);

        var problem = request switch
        {
            { AmountOmr: { } omr, AmountMicroOmr: null, Amount: null, Asset: null } => ReadOmr(omr, out amount),
            { AmountOmr: null, AmountMicroOmr: { } micro, Amount: null, Asset: null } => Take(micro, out amount),
            { AmountOmr: null, AmountMicroOmr: null, Amount: { } units, Asset: { } name } =>
                ReadAsset(name, out asset) ?? Take(units, out amount),
            _ => Problems.OfField(
                "amount", "is to be given in one way: amount_omr, amount_micro_omr, or amount with asset"),
        };

        return problem ?? (amount > 0 ? null : Problems.OfField("amount", "is not above zero"));
    }

    private static ProblemHttpResult? ReadOmr(decimal omr, out long amount) =>
        Omr.TryToMicro(omr, out amount) && Omr.FromMicro(amount) == omr
            ? null
            : Problems.OfField("amount_omr", $"is {omr}; expected whole micro-OMR, so six decimal places, in 64 bits");

    private static ProblemHttpResult? ReadAsset(string name, out Asset asset) => Asset.TryParse(name, out asset)
        ? null
        : Problems.OfField("asset", "is no asset; expected a currency and its decimal places, such as OMR/6");

    private static ProblemHttpResult? Take(long units, out long amount)
    {
        amount = units;
        return null;
    }
}
