using System.Security.Cryptography;
using System.Text;

namespace EventLedger.NodeBilling.Forges;

/// <summary>The id that git gives to a file's content: the same content, whoever wrote it, has the same.</summary>
public static class GitBlob
{
    /// <summary>SHA-1 over git's header and the content.</summary>
    public static string IdOf(ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
