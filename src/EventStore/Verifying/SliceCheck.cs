using System.Runtime.InteropServices;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Copying;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>Checks the events of one slice against its blocks' roots, up to the first thing that is wrong.</summary>
internal sealed class SliceCheck
{
    private readonly NpgsqlConnection connection;
    private readonly BlockSlice slice;
    private readonly IdSum ids;
    private readonly MerkleTree tree = new();
    private readonly CanonicalJsonWriter json = new();
    private readonly Dictionary<byte[], VersionRun> runs = new(Utf8Key.Comparer);
    private long events;
    private long voidPositions;
    private ulong idSum;

    private SliceCheck(NpgsqlConnection connection, BlockSlice slice, IdSum ids)
    {
        this.connection = connection;
        this.slice = slice;
        this.ids = ids;
    }

    /// <summary>Checks <paramref name="slice"/>.</summary>
    public static async Task<SliceResult> RunAsync(
        NpgsqlConnection connection, BlockSlice slice, IdSum ids, CancellationToken cancellation)
    {
        var check = new SliceCheck(connection, slice, ids);
        var finding = await check.FindAsync(cancellation);
        return new SliceResult(finding, check.events, check.voidPositions, check.idSum, check.runs);
    }

    private async Task<Finding?> FindAsync(CancellationToken cancellation)
    {
        if (await CheckBlocksAsync(cancellation) is not { } suspect)
        {
            return null;
        }

        // An event before the one that was noticed may have been changed as well; only its digest tells.
        var (block, noticed) = suspect;
        return await ChangedAsync(block, noticed?.Position - 1 ?? block.LastPosition, cancellation)
            ?? noticed
            ?? new Finding(
                block.FirstPosition,
                $"or a later one up to {block.LastPosition} was changed: "
                + $"they don't give the root of block {block.Number}");
    }

    private async Task<(Block Block, Finding? Finding)?> CheckBlocksAsync(CancellationToken cancellation)
    {
        await using var rows = await CopyRows.OpenAsync(
            connection, EventRows.Query(slice.First, slice.Last), EventRows.Fields, cancellation);
        var more = await rows.NextAsync(cancellation);

        foreach (var block in slice.Blocks)
        {
            if (block.Root is null)
            {
                if (more && rows.EventPosition <= block.LastPosition)
                {
                    return (block, new Finding(rows.EventPosition, "is in a void block, but has an event"));
                }

                voidPositions += block.Positions;
                continue;
            }

            for (var position = block.FirstPosition; position <= block.LastPosition; position++)
            {
                if (!more || rows.EventPosition != position)
                {
                    return (block, new Finding(position, "is missing"));
                }

                if (CheckEvent(rows, block) is { } finding)
                {
                    return (block, finding);
                }

                more = await rows.NextAsync(cancellation);
            }

            if (!tree.TakeRoot().AsSpan().SequenceEqual(block.Root))
            {
                return (block, null);
            }
        }

        return null;
    }

    private Finding? CheckEvent(CopyRows row, Block block)
    {
        var position = row.EventPosition;

        if (FollowVersion(row) is { } outOfTurn)
        {
            return outOfTurn;
        }

        if (row.EventTimeUs != block.TimeUs)
        {
            return new Finding(position, $"has another time than its block, {block.Number}");
        }

        if (!row.EventHasDefaults)
        {
            return new Finding(position, "has a value in a column that stays empty");
        }

        if (row.EventFingerprint is not { } fingerprint)
        {
            return new Finding(position, "has a fingerprint that isn't hexadecimal");
        }

        Span<byte> leaf = stackalloc byte[LeafHash.Size];

        if (row.HashEvent(json, leaf) is { } fault)
        {
            return new Finding(position, $"has data that no event holds: {fault}");
        }

        tree.Add(leaf);
        idSum = unchecked(idSum + ids.Of(row.EventId, position, fingerprint, LeafHash.Digest(leaf)));
        events++;
        return null;
    }

    // The first version of a stream is compared with the slices before, once they are done.
    private Finding? FollowVersion(CopyRows row)
    {
        var version = row.EventVersion;
        ref var run = ref CollectionsMarshal.GetValueRefOrAddDefault(
            runs.GetAlternateLookup<ReadOnlySpan<byte>>(), row.EventStream, out var isKnown);

        if (isKnown && version != run.Last + 1)
        {
            return StreamVersions.OutOfTurn(row.EventPosition, version, row.EventStream, run.Last + 1);
        }

        run = isKnown ? run with { Last = version } : new VersionRun(version, version, row.EventPosition);
        return null;
    }

    private async Task<Finding?> ChangedAsync(Block block, long upTo, CancellationToken cancellation) =>
        await EventIdTable.FindUnlikeAsync(connection, block.FirstPosition, upTo, cancellation) is { } position
            ? new Finding(position, $"was changed: it isn't the event that block {block.Number} was made with")
            : null;
}
