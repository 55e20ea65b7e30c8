namespace EventLedger.Contracts.Pricing;

/// <summary>The arithmetic of a charge.</summary>
public static class Rating
{
    /// <summary>
    /// The charge, negative, in micro-OMR, rounded once, half up; false where it is outside 64 bits.
    /// </summary>
    public static bool TryRate(TokenCounts tokens, Price price, out long amountMicroOmr)
    {
        amountMicroOmr = 0;

        try
        {
            var charge = (Sum(tokens, price) + (Price.Million / 2)) / Price.Million;
            amountMicroOmr = -checked((long)charge);
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    // A part that an upstream states larger than its whole counts as the whole.
    private static Int128 Sum(TokenCounts tokens, Price price)
    {
        var prompt = Math.Min(tokens.Prompt ?? 0, tokens.Total);
        var cached = Math.Min(tokens.Cached ?? 0, prompt);
        var completion = Math.Min(tokens.Completion ?? 0, tokens.Total - prompt);
        var reasoning = Math.Min(tokens.Reasoning ?? 0, completion);
        var ofNoKind = tokens.Total - prompt - completion;

        return ((prompt - cached + ofNoKind) * price.Prompt)
            + (cached * price.Cached)
            + ((completion - reasoning) * price.Completion)
            + (reasoning * price.Reasoning);
    }
}
