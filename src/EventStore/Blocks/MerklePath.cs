namespace EventLedger.EventStore.Blocks;

/// <summary>
/// The hashes that lead from one leaf of a <see cref="MerkleTree"/> to its root: the audit path of RFC 6962, section
/// 2.1.1.
/// </summary>
public static class MerklePath
{
    /// <summary>The siblings from the leaf up to the root.</summary>
    /// <param name="leaves">Every leaf hash of the tree.</param>
    /// <param name="index">Which leaf, from 0.</param>
    public static IReadOnlyList<byte[]> Of(IReadOnlyList<byte[]> leaves, int index)
    {
        var path = new List<byte[]>();

        for (var level = leaves; level.Count > 1; level = Above(level), index /= 2)
        {
            if ((index ^ 1) < level.Count)
            {
                path.Add(level[index ^ 1]);
            }
        }

        return path;
    }

    /// <summary>The root that a path leads to; null if the path has another length than such a tree's.</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="index">Which leaf it is, from 0.</param>
    /// <param name="count">Leaves of the tree.</param>
    /// <param name="path">The siblings from the leaf up to the root.</param>
    public static byte[]? Root(ReadOnlySpan<byte> leaf, long index, long count, IReadOnlyList<byte[]> path)
    {
        var node = leaf.ToArray();
        var used = 0;

        for (; count > 1; index /= 2, count = count / 2 + count % 2)
        {
            // The last of an odd number has no sibling and rises as it is.
            if ((index ^ 1) >= count)
            {
                continue;
            }

            if (used == path.Count)
            {
                return null;
            }

            var sibling = path[used++];
            MerkleTree.Join(index % 2 == 0 ? node : sibling, index % 2 == 0 ? sibling : node, node);
        }

        return used == path.Count ? node : null;
    }

    private static byte[][] Above(IReadOnlyList<byte[]> level)
    {
        var above = new byte[(level.Count + 1) / 2][];

        for (var i = 0; i < above.Length; i++)
        {
            above[i] = level[2 * i];

            if (2 * i + 1 < level.Count)
            {
                above[i] = new byte[LeafHash.Size];
                MerkleTree.Join(level[2 * i], level[2 * i + 1], above[i]);
            }
        }

        return above;
    }
}
