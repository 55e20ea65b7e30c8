using EventLedger.Contracts.Pricing;

namespace EventLedger.Ledger.Rerating;

/// <summary>Which usage is priced anew, and by what.</summary>
/// <param name="Book">The prices.</param>
/// <param name="From">From when the responses ended.</param>
/// <param name="To">Before when they ended.</param>
/// <param name="CustomerId">Whose usage; null for everybody's.</param>
/// <param name="Model">A pattern of models, as in a price book; null for all.</param>
internal sealed record RerateScope(
    PriceBook Book, DateTimeOffset From, DateTimeOffset To, string? CustomerId, string? Model)
{
    /// <summary>Whether usage of that model belongs to it.</summary>
    public bool Takes(string? model) => Model is null || Price.IsFor(Model, model);
}
