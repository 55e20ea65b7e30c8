namespace EventLedger.Contracts.Money;

/// <summary>Conversions between micro-OMR, which the ledger counts in, and OMR, which people read.</summary>
public static class Omr
{
    /// <summary>Micro-OMR in one OMR.</summary>
    public const long MicroPerOmr = 1_000_000;

    /// <summary>Whole micro-OMR, rounded half away from zero; false outside <see cref="long"/>.</summary>
    public static bool TryToMicro(decimal omr, out long amountMicroOmr)
    {
        amountMicroOmr = 0;

        // Compared before multiplying: the product of a large decimal would not fit a decimal either.
        if (decimal.Abs(omr) > (decimal)long.MaxValue / MicroPerOmr + 1)
        {
            return false;
        }

        var micro = decimal.Round(omr * MicroPerOmr, MidpointRounding.AwayFromZero);

        if (micro is < long.MinValue or > long.MaxValue)
        {
            return false;
        }

        amountMicroOmr = (long)micro;
        return true;
    }

    /// <summary>The exact OMR amount, with no more decimal places than it needs.</summary>
    public static decimal FromMicro(long amountMicroOmr) => (decimal)amountMicroOmr / MicroPerOmr;

    /// <summary>The whole-OMR view: truncated toward zero.</summary>
    public static long Whole(long amountMicroOmr) => amountMicroOmr / MicroPerOmr;
}
