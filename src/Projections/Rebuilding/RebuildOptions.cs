namespace EventLedger.Projections.Rebuilding;

/// <summary>How a rebuild goes about it.</summary>
public sealed record RebuildOptions
{
    /// <summary>The most that <see cref="Connections"/> may be.</summary>
    public const int ConnectionsMax = 32;

    /// <summary>On how many connections slices are summed.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>The most positions of a slice: what a kill costs at most, for each connection.</summary>
    public long SlicePositionsMax { get; init; } = 1_000_000;

    /// <summary>How long a swap waits for those who write the table; others wait behind it.</summary>
    public TimeSpan SwapWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a swap is tried.</summary>
    public int SwapAttemptsMax { get; init; } = 10;
}
