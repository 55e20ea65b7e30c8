using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EventLedger.EventStore.Blocks;

/// <summary>
/// The hash of one event: SHA-256 over the byte 0 and then stream, version, id, type and canonical data, each
/// preceded by its length in four bytes, so that no two events share their bytes.
/// </summary>
public static class LeafHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private const byte LeafPrefix = 0;
    private const int IdSize = 16;
    private const int FixedSize = sizeof(byte) + 5 * sizeof(int) + sizeof(long) + IdSize;

    /// <summary>Writes the hash to <paramref name="hash"/>.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="version">The event's place on its stream, from 1.</param>
    /// <param name="id">The event's id.</param>
    /// <param name="type">The event's stored name.</param>
    /// <param name="data">The event's data in the form of <see cref="CanonicalJson"/>.</param>
    /// <param name="hash">At least <see cref="Size"/> bytes.</param>
    public static void Compute(
        string streamId, long version, Guid id, string type, ReadOnlySpan<byte> data, Span<byte> hash)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(streamId.Length + type.Length));
        var streamLength = Encoding.UTF8.GetBytes(streamId, rented);
        var typeLength = Encoding.UTF8.GetBytes(type, rented.AsSpan(streamLength));
        Compute(rented.AsSpan(0, streamLength), version, id, rented.AsSpan(streamLength, typeLength), data, hash);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>The same with texts in UTF-8.</summary>
    public static void Compute(
        ReadOnlySpan<byte> streamId, long version, Guid id, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data,
        Span<byte> hash)
    {
        var rented = ArrayPool<byte>.Shared.Rent(FixedSize + streamId.Length + type.Length + data.Length);
        Span<byte> number = stackalloc byte[IdSize];
        var leaf = rented.AsSpan();
        leaf[0] = LeafPrefix;
        var end = 1;

        Append(leaf, ref end, streamId);
        BinaryPrimitives.WriteInt64BigEndian(number, version);
        Append(leaf, ref end, number[..sizeof(long)]);
        id.TryWriteBytes(number, bigEndian: true, out _);
        Append(leaf, ref end, number);
        Append(leaf, ref end, type);
        Append(leaf, ref end, data);

        Sha256.Compute(leaf[..end], hash);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>The first eight bytes of a leaf hash, as <c>event_ids.digest</c> keeps them.</summary>
    public static long Digest(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadInt64BigEndian(hash);

    private static void Append(Span<byte> leaf, ref int end, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(leaf[end..], bytes.Length);
        bytes.CopyTo(leaf[(end + sizeof(int))..]);
        end += sizeof(int) + bytes.Length;
    }
}
