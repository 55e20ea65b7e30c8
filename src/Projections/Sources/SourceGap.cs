namespace EventLedger.Projections.Sources;

/// <summary>Sequences of a producer's epoch that no event has.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life that the sequences count in.</param>
/// <param name="First">The first one that is missing.</param>
/// <param name="Last">The last one.</param>
/// <param name="FoundAt">When they were missed.</param>
public sealed record SourceGap(string Source, string Epoch, long First, long Last, DateTimeOffset FoundAt);
