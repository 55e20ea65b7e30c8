namespace EventLedger.EventStore.Verifying;

/// <summary>What <see cref="ChainVerifier"/> saw.</summary>
/// <param name="Events">Events checked.</param>
/// <param name="Blocks">Blocks checked.</param>
/// <param name="VoidPositions">Positions that failed transactions left empty.</param>
/// <param name="HeadPosition">The newest position of the chain.</param>
/// <param name="Finding">The first thing that is wrong; null if nothing is.</param>
public sealed record ChainReport(long Events, long Blocks, long VoidPositions, long HeadPosition, Finding? Finding);
