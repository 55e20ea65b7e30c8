using System.Runtime.CompilerServices;
using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Verifying;

/// <summary>Blocks that follow each other and are checked in one go.</summary>
/// <param name="Blocks">At least one block, whose links are right.</param>
internal sealed record BlockSlice(IReadOnlyList<Block> Blocks)
{
    /// <summary>Events in a slice, unless a single block has more.</summary>
    public const int EventsMax = 16_384;

    /// <summary>Its first position.</summary>
    public long First => Blocks[0].FirstPosition;

    /// <summary>Its last position.</summary>
    public long Last => Blocks[^1].LastPosition;

    /// <summary>Cuts blocks into slices.</summary>
    public static async IAsyncEnumerable<BlockSlice> CutAsync(
        IAsyncEnumerable<Block> blocks, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var own = new List<Block>();
        var events = 0L;

        await foreach (var block in blocks.WithCancellation(cancellation))
        {
            var more = block.Root is null ? 0 : block.Positions;

            if (own.Count > 0 && events > EventsMax - more)
            {
                yield return new BlockSlice(own);
                own = [];
                events = 0;
            }

            own.Add(block);
            events += more;
        }

        if (own.Count > 0)
        {
            yield return new BlockSlice(own);
        }
    }
}

/// <summary>What was seen in a slice.</summary>
/// <param name="Finding">The first thing that is wrong; null if nothing is.</param>
/// <param name="Events">Events up to there.</param>
/// <param name="VoidPositions">Positions of void blocks up to there.</param>
/// <param name="IdSum">The sum over what <c>event_ids</c> must hold for the events.</param>
/// <param name="Runs">The versions of each stream up to there.</param>
internal sealed record SliceResult(
    Finding? Finding, long Events, long VoidPositions, ulong IdSum, Dictionary<byte[], VersionRun> Runs);
