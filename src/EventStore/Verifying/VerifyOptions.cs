using EventLedger.EventStore.Proofs;

namespace EventLedger.EventStore.Verifying;

/// <summary>What <see cref="ChainVerifier"/> is to check.</summary>
public sealed record VerifyOptions
{
    /// <summary>The most connections that read at the same time.</summary>
    public const int ReadersMax = 64;

    /// <summary>
    /// The position to begin at. What lies before is taken as it is; blocks are checked as a whole, so the first one
    /// may begin earlier.
    /// </summary>
    public long From { get; init; } = 1;

    /// <summary>Connections that read at the same time.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>What the chain must pass through.</summary>
    public IReadOnlyList<Anchor> Anchors { get; init; } = [];

    /// <summary>Whether the ledger is checked from its first position on.</summary>
    public bool IsWhole => From <= 1;
}
