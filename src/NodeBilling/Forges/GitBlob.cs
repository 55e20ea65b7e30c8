using System.Security.Cryptography;
using System.Text;

namespace EventLedger.NodeBilling.Forges;

/// <summary>The id that git gives to a file's content: the same content, whoever wrote it, has the same.</summary>
public static class GitBlob
{
    private const int Sha256IdLength = 64;

    /// <summary>SHA-1 over git's header and the content.</summary>
    public static string IdOf(ReadOnlySpan<byte> content) => IdOf(content, HashAlgorithmName.SHA1);

    /// <summary>Whether it is the content's id, in a repository of either of git's two kinds.</summary>
    public static bool IsIdOf(string id, ReadOnlySpan<byte> content) =>
        id == IdOf(content, id.Length == Sha256IdLength ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);

    private static string IdOf(ReadOnlySpan<byte> content, HashAlgorithmName algorithm)
    {
        using var hash = IncrementalHash.CreateHash(algorithm);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
