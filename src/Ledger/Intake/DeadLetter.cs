using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Intake;

/// <summary>What can't become an event, kept as it came, and what was made of it since.</summary>
internal sealed record DeadLetter
{
    /// <summary>Its status while nobody has settled it.</summary>
    public const string Open = "open";

    /// <summary>Its status once it has become an event after all.</summary>
    public const string Booked = "booked";

    /// <summary>Its status once an operator has given it up.</summary>
    public const string Discarded = "discarded";

    /// <summary>Its number; later ones are higher.</summary>
    public required long Id { get; init; }

    /// <summary>When the ledger gave up on it.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>The message it came in, with its bytes.</summary>
    public required MessageOrigin Origin { get; init; }

    /// <summary>The producer that sent it; null where nobody can tell.</summary>
    public string? Source { get; init; }

    /// <summary><see cref="Open"/>, <see cref="Booked"/> or <see cref="Discarded"/>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was settled.</summary>
    public DateTimeOffset? SettledAt { get; init; }

    /// <summary>Who settled it.</summary>
    public string? SettledBy { get; init; }

    /// <summary>The event that it became.</summary>
    public Guid? EventId { get; init; }

    /// <summary>Why it was discarded.</summary>
    public string? Note { get; init; }
}

/// <summary>Which dead letters are asked for; null for all.</summary>
internal sealed record DeadLetterFilter
{
    /// <summary>A part of the reason.</summary>
    public string? Reason { get; init; }

    /// <summary>The producer.</summary>
    public string? Source { get; init; }

    /// <summary>From when the ledger gave up on them.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before when.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Their status.</summary>
    public string? Status { get; init; }
}
