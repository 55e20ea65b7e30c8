using System.Buffers.Text;
using System.Security.Cryptography;

namespace EventLedger.Nats;

/// <summary>A subject of this process's own: answers to a number come on the prefix with that number.</summary>
internal sealed class Inbox(string prefix)
{
    private const string Characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 22;

    /// <summary>The subject without the number, dot included.</summary>
    public string Prefix { get; } = $"{prefix}.{RandomNumberGenerator.GetString(Characters, RandomLength)}.";

    public string Wildcard => Prefix + "*";

    /// <summary>The number of an answer's subject; -1 where it has none.</summary>
    public long NumberOf(ReadOnlySpan<byte> subject) =>
        subject.Length > Prefix.Length
        && Utf8Parser.TryParse(subject[Prefix.Length..], out long number, out var consumed)
        && consumed == subject.Length - Prefix.Length
            ? number
            : -1;
}
