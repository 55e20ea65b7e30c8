namespace EventLedger.Contracts.Pricing;

/// <summary>Prices under a version that goes into each envelope.</summary>
/// <param name="Version">The name of this edition; null for the one price of the settings.</param>
/// <param name="Prices">The first pattern that is for a model decides; of that pattern, the latest begun.</param>
public sealed record PriceBook(string? Version, IReadOnlyList<Price> Prices)
{
    /// <summary>The price for a model at a time; null where the book has none.</summary>
    public Price? Find(string? model, DateTimeOffset at)
    {
        Price? found = null;

        foreach (var price in Prices)
        {
            var isSamePattern = found is null ? price.IsFor(model) : price.Model == found.Model;

            if (isSamePattern && price.From <= at && (found is null || price.From > found.From))
            {
                found = price;
            }
        }

        return found;
    }
}
