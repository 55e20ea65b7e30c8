namespace EventLedger.Projections.Entries;

/// <summary>Which of a customer's entries are asked for; what is null doesn't matter.</summary>
public sealed record EntryFilter
{
    /// <summary>All of them.</summary>
    public static readonly EntryFilter All = new();

    /// <summary>Recorded from then on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Recorded before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Up to that position.</summary>
    public long? LastPosition { get; init; }

    /// <summary>The model that answered; empty for entries without one.</summary>
    public string? Model { get; init; }

    /// <summary>What it was for.</summary>
    public string? Reason { get; init; }

    /// <summary>The request that was charged.</summary>
    public string? RequestId { get; init; }
}

/// <summary>Some of a customer's entries, newest first.</summary>
/// <param name="Items">The entries; there may be fewer than were asked for, or none, although more follow.</param>
/// <param name="Next">Where the next page begins; null on the last one.</param>
/// <param name="Version">How many events the customer has.</param>
public sealed record EntryPage(IReadOnlyList<RecordedEntry> Items, long? Next, long Version);
