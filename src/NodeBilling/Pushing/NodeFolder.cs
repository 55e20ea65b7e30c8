using System.Security.Cryptography;
using System.Text;

namespace EventLedger.NodeBilling.Pushing;

/// <summary>The folder that a node's files are in: its name, made safe for a path. No two nodes share one.</summary>
public static class NodeFolder
{
    /// <summary>The folder of all nodes' folders.</summary>
    public const string Parent = "nodes";

    /// <summary>The longest name of a folder.</summary>
    public const int LengthMax = 100;

    private const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    private const int DigestLength = 16;

    /// <summary>The folder's name. A leading dot, and what is no plain character, become <c>~</c> and hex.</summary>
    public static string NameOf(string node)
    {
        var name = new StringBuilder();

        foreach (var utf8 in Encoding.UTF8.GetBytes(node))
        {
            var isPlain = Plain.Contains((char)utf8) && (utf8 != '.' || name.Length > 0);
            _ = isPlain ? name.Append((char)utf8) : name.Append($"~{utf8:x2}");
        }

        return name.Length <= LengthMax ? name.ToString() : Shorten(name.ToString(), node);
    }

    // Two tildes occur in no other name.
    private static string Shorten(string name, string node)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(node)))[..DigestLength];
        return $"{name[..(LengthMax - DigestLength - 2)]}~~{digest}";
    }
}
