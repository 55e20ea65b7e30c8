using EventLedger.Projections.Accounts;

namespace EventLedger.Projections.Usage;

/// <summary>Which usage a report adds up, and by what.</summary>
/// <param name="Scope">The accounts that may be seen.</param>
/// <param name="Asset">The asset of every sum.</param>
/// <param name="Grouping">What it is added up by.</param>
public sealed record UsageFilter(AccountScope Scope, string Asset, UsageGrouping Grouping)
{
    /// <summary>The first day, UTC; null for the beginning.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The day after the last; null for no end.</summary>
    public DateOnly? To { get; init; }
}

/// <summary>What usage is added up by.</summary>
public enum UsageGrouping
{
    /// <summary>The model that answered.</summary>
    Model,

    /// <summary>The tenant that the account belongs to now, whatever envelopes named.</summary>
    Tenant,

    /// <summary>The customer.</summary>
    Customer,

    /// <summary>The UTC day on which it was completed.</summary>
    Day,
}
