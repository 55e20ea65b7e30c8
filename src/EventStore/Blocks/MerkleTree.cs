using System.Security.Cryptography;

namespace EventLedger.EventStore.Blocks;

/// <summary>The tree of RFC 6962, section 2.1, over leaf hashes: nodes are hashed behind the byte 1.</summary>
public static class MerkleTree
{
    private const byte NodePrefix = 1;

    /// <summary>
    /// The root over <paramref name="leaves"/>, one leaf hash after the other, at least one. Overwrites them.
    /// </summary>
    public static byte[] Root(Span<byte> leaves)
    {
        var count = leaves.Length / LeafHash.Size;
        ArgumentOutOfRangeException.ThrowIfZero(count, nameof(leaves));
        Span<byte> node = stackalloc byte[1 + 2 * LeafHash.Size];
        node[0] = NodePrefix;

        // A node without a sibling rises unchanged, which gives the RFC's split at the largest power of two.
        for (; count > 1; count = (count + 1) / 2)
        {
            for (var pair = 0; pair < count / 2; pair++)
            {
                leaves.Slice(2 * pair * LeafHash.Size, 2 * LeafHash.Size).CopyTo(node[1..]);
                SHA256.HashData(node, leaves.Slice(pair * LeafHash.Size, LeafHash.Size));
            }

            if (count % 2 == 1)
            {
                leaves.Slice((count - 1) * LeafHash.Size, LeafHash.Size)
                    .CopyTo(leaves[(count / 2 * LeafHash.Size)..]);
            }
        }

        return leaves[..LeafHash.Size].ToArray();
    }
}
