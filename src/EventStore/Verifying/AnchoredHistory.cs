using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;

namespace EventLedger.EventStore.Verifying;

/// <summary>Compares the chain with anchors that were kept elsewhere, in the order of their blocks.</summary>
/// <param name="anchors">The anchors, in any order.</param>
internal sealed class AnchoredHistory(IEnumerable<Anchor> anchors)
{
    private readonly Queue<Anchor> waiting = new(anchors.OrderBy(anchor => anchor.Block));
    private long agreedTo;

    /// <summary>Compares the anchors of a block; those before it were never reached and can't be compared.</summary>
    public Finding? Compare(Block block)
    {
        while (waiting.TryPeek(out var anchor) && anchor.Block <= block.Number)
        {
            waiting.Dequeue();

            if (anchor.Block == block.Number && !anchor.IsOf(block))
            {
                return new Finding(
                    agreedTo + 1,
                    $"or a later one up to {anchor.Position} was rewritten: "
                    + $"block {anchor.Block} isn't the one that was anchored");
            }

            agreedTo = block.LastPosition;
        }

        return null;
    }

    /// <summary>Names what is missing if an anchor is of a block beyond the end.</summary>
    public Finding? CompareEnd(long block, long position) => waiting.TryPeek(out var anchor)
        ? new Finding(
            position + 1,
            $"is missing: the ledger ends with block {block} at position {position}, "
            + $"but block {anchor.Block} at position {anchor.Position} was anchored")
        : null;
}
