namespace EventLedger.Ledger.Rerating;

/// <summary>What a customer's charges for one model add up to.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Model">The model; empty for none.</param>
/// <param name="Entries">How many charges.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Charged">What they cost by now, in micro-OMR.</param>
/// <param name="Rerated">What they cost by the book.</param>
internal sealed record RerateLine(
    string CustomerId, string Model, long Entries, Int128 Tokens, Int128 Charged, Int128 Rerated)
{
    /// <summary>What corrections add.</summary>
    public Int128 Difference => Rerated - Charged;

    /// <summary>Whether another line is of the same customer and model.</summary>
    public bool IsLike(RerateLine other) => CustomerId == other.CustomerId && Model == other.Model;

    /// <summary>Both lines as one, under this one's names.</summary>
    public RerateLine With(RerateLine other) => this with
    {
        Entries = Entries + other.Entries,
        Tokens = Tokens + other.Tokens,
        Charged = Charged + other.Charged,
        Rerated = Rerated + other.Rerated,
    };
}
