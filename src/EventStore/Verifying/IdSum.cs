using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// Tells whether two sets of rows for <c>event_ids</c> are the same, whatever their order: each row is hashed behind
/// a key that this run drew at random, and the hashes are added. Who doesn't know the key can't make two sets that
/// differ and add up alike.
/// </summary>
internal sealed class IdSum
{
    private const int KeySize = 16;
    private const int IdSize = 16;

    private readonly byte[] key = RandomNumberGenerator.GetBytes(KeySize);

    /// <summary>What one row adds, modulo 2^128.</summary>
    public UInt128 Of(Guid id, long position, long fingerprint, long digest)
    {
        Span<byte> row = stackalloc byte[KeySize + IdSize + 3 * sizeof(long)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        key.CopyTo(row);
        id.TryWriteBytes(row[KeySize..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(row[(KeySize + IdSize)..], position);
        BinaryPrimitives.WriteInt64BigEndian(row[(KeySize + IdSize + sizeof(long))..], fingerprint);
        BinaryPrimitives.WriteInt64BigEndian(row[(KeySize + IdSize + 2 * sizeof(long))..], digest);
        SHA256.HashData(row, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
