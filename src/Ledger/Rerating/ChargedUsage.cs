using EventLedger.Contracts.Pricing;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Rerating;

/// <summary>A charge in the ledger, with the corrections that point at it.</summary>
internal sealed record ChargedUsage
{
    /// <summary>Whose it is.</summary>
    public required string CustomerId { get; init; }

    /// <summary>Its event's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The charge in micro-OMR.</summary>
    public required long Amount { get; init; }

    /// <summary>When the response ended, or was recorded where nobody said.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the response ended, as it is stored.</summary>
    public string? CompletedAt { get; init; }

    /// <summary>The model that answered.</summary>
    public string? Model { get; init; }

    /// <summary>What the price applies to; null where nobody counted.</summary>
    public TokenCounts? Tokens { get; init; }

    /// <summary>The corrections' events, with their amounts.</summary>
    public IReadOnlyList<(Guid Id, long Amount)> Corrections { get; init; } = [];

    /// <summary>The id of what would undo it.</summary>
    public Guid ReversalId => EventId.OfReversal(CustomerId, Id);

    /// <summary>The ids of what would undo it or one of its corrections.</summary>
    public IEnumerable<Guid> ReversalIds =>
        [ReversalId, .. Corrections.Select(correction => EventId.OfReversal(CustomerId, correction.Id))];

    /// <summary>What it costs by now: with its corrections, those that were undone excepted.</summary>
    public Int128 Effective(Predicate<Guid> isStored)
    {
        Int128 amount = Amount;

        foreach (var correction in Corrections)
        {
            amount += isStored(EventId.OfReversal(CustomerId, correction.Id)) ? 0 : correction.Amount;
        }

        return amount;
    }
}
