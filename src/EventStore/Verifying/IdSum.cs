using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// Tells whether two sets of rows for <c>event_ids</c> are the same, whatever their order: each row is hashed with
/// SipHash-2-4 under a key that this run drew at random, and the hashes are added. Who doesn't know the key can't make
/// two sets that differ and add up alike.
/// </summary>
internal sealed class IdSum
{
    private readonly ulong key0;
    private readonly ulong key1;

    /// <summary>Draws a key.</summary>
    public IdSum()
        : this(RandomNumberGenerator.GetBytes(2 * sizeof(ulong)))
    {
    }

    /// <summary>Takes a key of 16 bytes.</summary>
    internal IdSum(ReadOnlySpan<byte> key)
    {
        key0 = MemoryMarshal.Read<ulong>(key);
        key1 = MemoryMarshal.Read<ulong>(key[sizeof(ulong)..]);
    }

    /// <summary>What one row adds, modulo 2^64.</summary>
    public ulong Of(Guid id, long position, long fingerprint, long digest)
    {
        Span<ulong> row = stackalloc ulong[5];
        id.TryWriteBytes(MemoryMarshal.AsBytes(row));
        row[2] = unchecked((ulong)position);
        row[3] = unchecked((ulong)fingerprint);
        row[4] = unchecked((ulong)digest);
        return Hash(row);
    }

    /// <summary>SipHash-2-4 of whole words.</summary>
    internal ulong Hash(ReadOnlySpan<ulong> words)
    {
        var v0 = key0 ^ 0x736f6d6570736575;
        var v1 = key1 ^ 0x646f72616e646f6d;
        var v2 = key0 ^ 0x6c7967656e657261;
        var v3 = key1 ^ 0x7465646279746573;

        foreach (var word in words)
        {
            Mix(ref v0, ref v1, ref v2, ref v3, word, rounds: 2);
        }

        // The length stands in the last byte of a last word.
        Mix(ref v0, ref v1, ref v2, ref v3, (ulong)(words.Length * sizeof(ulong)) << 56, rounds: 2);
        v2 ^= 0xff;
        Mix(ref v0, ref v1, ref v2, ref v3, word: 0, rounds: 4);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Mix(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word, int rounds)
    {
        v3 ^= word;

        for (var round = 0; round < rounds; round++)
        {
            unchecked
            {
                v0 += v1;
                v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
                v0 = BitOperations.RotateLeft(v0, 32);
                v2 += v3;
                v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
                v2 = BitOperations.RotateLeft(v2, 32);
            }
        }

        v0 ^= word;
    }
}
