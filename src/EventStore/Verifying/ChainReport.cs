namespace EventLedger.EventStore.Verifying;

/// <summary>What <see cref="ChainVerifier"/> saw.</summary>
/// <param name="Events">Events checked.</param>
/// <param name="Blocks">Blocks checked.</param>
/// <param name="VoidPositions">Positions that failed transactions left empty.</param>
/// <param name="HeadPosition">The newest position of the chain.</param>
/// <param name="Finding">The first thing that is wrong; null if nothing is.</param>
public sealed record ChainReport(long Events, long Blocks, long VoidPositions, long HeadPosition, Finding? Finding);

/// <summary>How far a check got.</summary>
/// <param name="What">What is being checked.</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="Total">How much there is.</param>
public readonly record struct VerifyProgress(string What, long Done, long Total);
