namespace EventLedger.Projections.Rebuilding;

/// <summary>What a rebuild found.</summary>
/// <param name="Position">The events up to here were summed, and the live table compared as it was then.</param>
/// <param name="Resumed">Positions that an earlier run, which was broken off, had summed already.</param>
/// <param name="Differences">Rows of the live table that aren't what the events give.</param>
/// <param name="First">The first of them.</param>
/// <param name="Disagreements">Keys for which the two ways gave something else; 0 where only one was asked.</param>
public sealed record RebuildReport(
    long Position, long Resumed, long Differences, IReadOnlyList<Difference> First, long Disagreements)
{
    /// <summary>Whether the live table may be put right by what was found.</summary>
    public bool MayBeSwapped => Disagreements == 0;

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsClean => Differences == 0 && Disagreements == 0;
}

/// <summary>A row of the live table that isn't what the events give.</summary>
/// <param name="Name">Which one.</param>
/// <param name="Has">What the live table has; null for no row.</param>
/// <param name="Gives">What the events give; null for no row.</param>
public sealed record Difference(string Name, string? Has, string? Gives);
