using System.Security.Cryptography;

namespace EventLedger.EventStore.Blocks;

/// <summary>SHA-256 with a state that each thread uses again: making one costs more than hashing an event.</summary>
internal static class Sha256
{
    [ThreadStatic]
    private static IncrementalHash? threadsOwn;

    /// <summary>Writes the hash of <paramref name="bytes"/> to <paramref name="hash"/>.</summary>
    public static void Compute(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        var state = threadsOwn ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        state.AppendData(bytes);
        state.GetHashAndReset(hash);
    }
}
