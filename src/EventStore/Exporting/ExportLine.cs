using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Exporting;

/// <summary>One line of an export.</summary>
internal abstract record ExportLine
{
    /// <summary>The first line: where the ledger ended when it was exported.</summary>
    /// <param name="Head">The newest block.</param>
    public sealed record Header(Head Head) : ExportLine;

    /// <summary>A block, before its events; a void one has none.</summary>
    /// <param name="Block">The block.</param>
    public sealed record OfBlock(Block Block) : ExportLine;

    /// <summary>An event of the block before.</summary>
    /// <param name="Event">The event.</param>
    /// <param name="Digest">What its leaf began with when it was exported; tells which event was changed.</param>
    public sealed record OfEvent(ProvenEvent Event, long Digest) : ExportLine;
}
