using System.Buffers.Binary;
using System.Numerics;

namespace EventLedger.Proxy.Spool;

/// <summary>CRC-32C over bytes, with the processor's own instruction.</summary>
internal static class Crc32C
{
    /// <summary>Goes on from <paramref name="crc"/>, which begins as all ones.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var single in bytes)
        {
            crc = BitOperations.Crc32C(crc, single);
        }

        return crc;
    }
}
