namespace EventLedger.Projections.Sources;

/// <summary>
/// A producer's epoch that doesn't count without gaps, so that nobody can tell what is missing from it.
/// </summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life.</param>
/// <param name="LastAt">When it was last heard of.</param>
public sealed record SparseSource(string Source, string Epoch, DateTimeOffset LastAt);
