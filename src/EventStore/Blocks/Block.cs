using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventLedger.EventStore.Blocks;

/// <summary>The events of one commit, or, without a root, positions whose transactions failed.</summary>
/// <param name="Number">Its place in the chain, from 1.</param>
/// <param name="FirstPosition">The first position it covers.</param>
/// <param name="Positions">How many it covers.</param>
/// <param name="TimeUs">When its positions were drawn, in microseconds since 1970; its events' time.</param>
/// <param name="Root">The Merkle root of its events; null for a void block.</param>
/// <param name="Hash">Its link of the chain.</param>
public sealed record Block(
    long Number, long FirstPosition, long Positions, long TimeUs, byte[]? Root, byte[] Hash)
{
    private const int Fields = 6;

    /// <summary>The last position it covers.</summary>
    public long LastPosition => FirstPosition + Positions - 1;

    /// <summary>What <see cref="Hash"/> must be behind <paramref name="previous"/>; SQL's <c>block_hash</c>.</summary>
    public byte[] HashAfter(ReadOnlySpan<byte> previous)
    {
        Span<byte> link = stackalloc byte[Fields * sizeof(int) + 4 * sizeof(long) + 2 * LeafHash.Size];
        var end = 0;

        Append(link, ref end, previous);
        Append(link, ref end, Number);
        Append(link, ref end, FirstPosition);
        Append(link, ref end, Positions);
        Append(link, ref end, TimeUs);
        Append(link, ref end, Root);
        return SHA256.HashData(link[..end]);
    }

    private static void Append(Span<byte> link, ref int end, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        Append(link, ref end, bytes);
    }

    private static void Append(Span<byte> link, ref int end, ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteInt32BigEndian(link[end..], field.Length);
        field.CopyTo(link[(end + sizeof(int))..]);
        end += sizeof(int) + field.Length;
    }
}
