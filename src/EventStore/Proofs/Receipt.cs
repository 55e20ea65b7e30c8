using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Proofs;

/// <summary>
/// Proof that one event is in the ledger: what its leaf is made of, the way from there to its block's root, the block's
/// link of the chain, and, where it leads to an anchor, the blocks up to the anchored one.
/// </summary>
/// <param name="Event">The event.</param>
/// <param name="Path">The siblings from its leaf to the root.</param>
/// <param name="Block">Its block.</param>
/// <param name="PreviousHash">The hash of the block before.</param>
/// <param name="Later">The blocks that follow its own, up to the anchored one; may be none.</param>
public sealed record Receipt(
    ProvenEvent Event, IReadOnlyList<byte[]> Path, Block Block, byte[] PreviousHash, IReadOnlyList<Block> Later)
{
    /// <summary>The most blocks between an event's own and the anchored one; about 180 bytes each.</summary>
    public const int LaterBlocksMax = 10_000;

    /// <summary>The longest text that is taken for a receipt.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    /// <summary>Its own block and those that follow.</summary>
    public IEnumerable<Block> Blocks => [Block, .. Later];

    /// <summary>Why it proves nothing; null if each step leads to the next.</summary>
    public string? FindFault()
    {
        var leaf = new byte[LeafHash.Size];
        LeafHash.Compute(Event.StreamId, Event.Version, Event.Id, Event.Type, Event.Data, leaf);
        var index = Event.Position - Block.FirstPosition;
        var isInside = index >= 0 && index < Block.Positions;

        return !isInside ? $"position {Event.Position} isn't in block {Block.Number}"
            : MerklePath.Root(leaf, index, Block.Positions, Path)?.SequenceEqual(Block.Root ?? []) != true
                ? $"the event doesn't lead to the root of block {Block.Number}"
            : !Block.HashAfter(PreviousHash).AsSpan().SequenceEqual(Block.Hash)
                ? $"block {Block.Number} doesn't have the hash that its content gives"
            : FindFaultOfLater();
    }

    private string? FindFaultOfLater()
    {
        var last = Block;

        foreach (var block in Later)
        {
            if (block.Number != last.Number + 1 || block.FirstPosition != last.LastPosition + 1
                || !block.HashAfter(last.Hash).AsSpan().SequenceEqual(block.Hash))
            {
                return $"block {block.Number} doesn't follow block {last.Number}";
            }

            last = block;
        }

        return null;
    }
}

/// <summary>What a receipt says of its event: all that goes into the leaf.</summary>
/// <param name="Position">Its position.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place on the stream.</param>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its stored name.</param>
/// <param name="Data">Its data in the form of <see cref="CanonicalJson"/>.</param>
public sealed record ProvenEvent(long Position, string StreamId, long Version, Guid Id, string Type, byte[] Data);
