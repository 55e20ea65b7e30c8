namespace EventLedger.EventStore.Blocks;

/// <summary>
/// The tree of RFC 6962, section 2.1, over leaf hashes: nodes are hashed behind the byte 1. It takes one leaf after
/// the other and keeps only the roots of the whole subtrees to their left.
/// </summary>
public sealed class MerkleTree
{
    private const byte NodePrefix = 1;
    private const int LevelsMax = 64;

    private readonly byte[] subtrees = new byte[LevelsMax * LeafHash.Size];
    private int depth;

    /// <summary>Leaves added.</summary>
    public long Count { get; private set; }

    /// <summary>The root over <paramref name="leaves"/>, one leaf hash after the other, at least one.</summary>
    public static byte[] Root(ReadOnlySpan<byte> leaves)
    {
        var tree = new MerkleTree();

        for (; leaves.Length > 0; leaves = leaves[LeafHash.Size..])
        {
            tree.Add(leaves[..LeafHash.Size]);
        }

        return tree.TakeRoot();
    }

    /// <summary>Adds a leaf on the right.</summary>
    public void Add(ReadOnlySpan<byte> leaf)
    {
        leaf.CopyTo(Subtree(depth++));
        Count++;

        // Two subtrees of the same size are one of twice the size.
        for (var size = Count; size % 2 == 0; size /= 2)
        {
            JoinLast();
        }
    }

    /// <summary>The root over all leaves added, at least one; the next leaf begins another tree.</summary>
    public byte[] TakeRoot()
    {
        ArgumentOutOfRangeException.ThrowIfZero(Count);

        while (depth > 1)
        {
            JoinLast();
        }

        depth = 0;
        Count = 0;
        return Subtree(0).ToArray();
    }

    /// <summary>Writes the hash of the node above two to <paramref name="node"/>, which may be one of them.</summary>
    internal static void Join(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> node)
    {
        Span<byte> both = stackalloc byte[1 + 2 * LeafHash.Size];
        both[0] = NodePrefix;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + LeafHash.Size)..]);
        Sha256.Compute(both, node);
    }

    private void JoinLast()
    {
        depth--;
        Join(Subtree(depth - 1), Subtree(depth), Subtree(depth - 1));
    }

    private Span<byte> Subtree(int index) => subtrees.AsSpan(index * LeafHash.Size, LeafHash.Size);
}
