using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EventLedger.Accounts;

/// <summary>SHA-256 over parts, each preceded by its length, so that no two lists of parts look alike.</summary>
internal static class KeyHash
{
    private const int Absent = -1;

    public static void Compute(ReadOnlySpan<string?> parts, Span<byte> hash)
    {
        var bytesMax = 0;

        foreach (var part in parts)
        {
            bytesMax += sizeof(int) + Encoding.UTF8.GetMaxByteCount(part?.Length ?? 0);
        }

        var rented = ArrayPool<byte>.Shared.Rent(bytesMax);

        try
        {
            SHA256.HashData(rented.AsSpan(0, Join(parts, rented)), hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int Join(ReadOnlySpan<string?> parts, Span<byte> output)
    {
        var end = 0;

        foreach (var part in parts)
        {
            var length = part is null ? Absent : Encoding.UTF8.GetBytes(part, output[(end + sizeof(int))..]);
            BinaryPrimitives.WriteInt32BigEndian(output[end..], length);
            end += sizeof(int) + Math.Max(length, 0);
        }

        return end;
    }
}
