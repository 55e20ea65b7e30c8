using EventLedger.Contracts.Pricing;

namespace EventLedger.Ledger.Rerating;

/// <summary>What a charge costs by another price book.</summary>
/// <param name="Kind">Whether it has a price there.</param>
/// <param name="Charged">What it costs by now, in micro-OMR.</param>
/// <param name="Rerated">What it costs by the book.</param>
internal readonly record struct Rerate(RerateKind Kind, Int128 Charged, long Rerated)
{
    /// <summary>What a correction has to add.</summary>
    public long Difference => (long)(Rerated - Charged);

    /// <summary>Prices a charge. Pure.</summary>
    /// <param name="usage">The charge.</param>
    /// <param name="book">The prices.</param>
    /// <param name="isStored">Whether the ledger has an event of that id.</param>
    public static Rerate Of(ChargedUsage usage, PriceBook book, Predicate<Guid> isStored)
    {
        if (isStored(usage.ReversalId))
        {
            return new(RerateKind.Reversed, 0, 0);
        }

        if (usage.Tokens is not { Total: >= 0 } tokens
            || book.Find(usage.Model, usage.At) is not { } price
            || !Rating.TryRate(tokens, price, out var rerated))
        {
            return new(RerateKind.Unpriced, 0, 0);
        }

        var charged = usage.Effective(isStored);
        var difference = rerated - charged;

        return difference >= long.MinValue && difference <= long.MaxValue
            ? new(RerateKind.Priced, charged, rerated)
            : new(RerateKind.Unpriced, 0, 0);
    }
}

/// <summary>Whether a charge can be priced anew.</summary>
internal enum RerateKind
{
    /// <summary>It has a price.</summary>
    Priced,

    /// <summary>The book has no price for it, nobody counted its tokens, or the result is outside 64 bits.</summary>
    Unpriced,

    /// <summary>It was undone, and costs nothing by any book.</summary>
    Reversed,
}
