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
        var bytesMax = 64 + Encoding.UTF8.GetMaxByteCount(streamId.Length + type.Length) + data.Length;
        var rented = ArrayPool<byte>.Shared.Rent(bytesMax);
        Span<byte> number = stackalloc byte[16];
        var leaf = rented.AsSpan();
        leaf[0] = LeafPrefix;
        var end = 1;

        AppendText(leaf, ref end, streamId);
        BinaryPrimitives.WriteInt64BigEndian(number, version);
        AppendBytes(leaf, ref end, number[..8]);
        id.TryWriteBytes(number, bigEndian: true, out _);
        AppendBytes(leaf, ref end, number);
        AppendText(leaf, ref end, type);
        AppendBytes(leaf, ref end, data);

        SHA256.HashData(leaf[..end], hash);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>The first eight bytes of a leaf hash, as <c>event_ids.digest</c> keeps them.</summary>
    public static long Digest(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadInt64BigEndian(hash);

    private static void AppendText(Span<byte> leaf, ref int end, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, leaf[(end + sizeof(int))..]);
        BinaryPrimitives.WriteInt32BigEndian(leaf[end..], length);
        end += sizeof(int) + length;
    }

    private static void AppendBytes(Span<byte> leaf, ref int end, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(leaf[end..], bytes.Length);
        bytes.CopyTo(leaf[(end + sizeof(int))..]);
        end += sizeof(int) + bytes.Length;
    }
}
