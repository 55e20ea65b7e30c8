using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Verifying;

/// <summary>The chain as far as it was followed: tells whether a block is the next one.</summary>
/// <param name="before">The block to go on from; null to begin with the first.</param>
internal sealed class BlockChain(Block? before)
{
    private static readonly byte[] Beginning = new byte[LeafHash.Size];

    private Block? last = before;

    /// <summary>Blocks that were followed.</summary>
    public long Followed { get; private set; }

    /// <summary>The last block's number.</summary>
    public long Number => last?.Number ?? 0;

    /// <summary>The last block's last position.</summary>
    public long Position => last?.LastPosition ?? 0;

    /// <summary>Goes on to <paramref name="block"/>, or says why it can't be the next.</summary>
    public Finding? Follow(Block block)
    {
        if (FaultOf(block) is { } fault)
        {
            return new Finding(Position + 1, fault);
        }

        last = block;
        Followed++;
        return null;
    }

    /// <summary>Compares the end of the chain with the head.</summary>
    public Finding? CompareWith(Head? head)
    {
        if (head is null)
        {
            return new Finding(Position, "is the last of the chain, but the head is missing");
        }

        return head.Block == Number && head.Position == Position && head.TimeUs == (last?.TimeUs ?? 0)
            && head.Hash.AsSpan().SequenceEqual(last?.Hash ?? Beginning)
            ? null
            : new Finding(
                Math.Min(Position, head.Position) + 1,
                $"is where the chain and the head part: the chain ends with block {Number} at position {Position}, "
                + $"the head says block {head.Block} at position {head.Position}");
    }

    private string? FaultOf(Block block)
    {
        var next = Position + 1;

        return block.Number != Number + 1 ? $"block {Number + 1} is missing; the next one is {block.Number}"
            : block.FirstPosition != next ? $"block {block.Number} begins at position {block.FirstPosition}, not {next}"
            : block.Positions < 1 || block.Positions > long.MaxValue - next
                ? $"block {block.Number} covers {block.Positions} positions"
            : block.TimeUs < last?.TimeUs ? $"block {block.Number} is older than the one before it"
            : block.Hash.Length != LeafHash.Size || (block.Root?.Length ?? LeafHash.Size) != LeafHash.Size
                ? $"block {block.Number} has a root or hash of the wrong length"
            : !block.HashAfter(last?.Hash ?? Beginning).AsSpan().SequenceEqual(block.Hash)
                ? $"block {block.Number} (positions {block.FirstPosition} to {block.LastPosition}) "
                    + "has a hash that its content doesn't give"
            : null;
    }
}
