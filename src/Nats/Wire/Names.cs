using System.Buffers;

namespace EventLedger.Nats;

/// <summary>What may be in subjects and names: a stray character would change where a message goes.</summary>
internal static class Names
{
    /// <summary>The longest subject: with an inbox and lengths it must fit the server's 4096 bytes.</summary>
    public const int SubjectLengthMax = 2048;

    /// <summary>The longest name of a stream or consumer, and the longest inbox prefix.</summary>
    public const int NameLengthMax = 255;

    private static readonly SearchValues<char> Wildcards = SearchValues.Create("*>");
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(".*>/\\");

    /// <summary>A subject that a message can be sent to: tokens of printable ASCII, no wildcards.</summary>
    public static void RequireSubject(string subject)
    {
        if (!IsPrintable(subject, SubjectLengthMax)
            || subject.AsSpan().ContainsAny(Wildcards)
            || subject[0] == '.'
            || subject[^1] == '.'
            || subject.Contains("..", StringComparison.Ordinal))
        {
            throw new ArgumentException($"\"{subject}\" is no subject to publish to.", nameof(subject));
        }
    }

    /// <summary>The start of a subject, short enough for the longest subject to be sent beside it.</summary>
    public static void RequireInboxPrefix(string prefix)
    {
        RequireSubject(prefix);

        if (prefix.Length > NameLengthMax)
        {
            throw new ArgumentException($"\"{prefix}\" is longer than {NameLengthMax} characters.", nameof(prefix));
        }
    }

    /// <summary>The name of a stream or consumer, which becomes one token of an API subject.</summary>
    public static void RequireName(string name)
    {
        if (!IsPrintable(name, NameLengthMax) || name.AsSpan().ContainsAny(NotInNames))
        {
            throw new ArgumentException($"\"{name}\" is no name of a stream or consumer.", nameof(name));
        }
    }

    private static bool IsPrintable(string text, int lengthMax) =>
        text.Length >= 1 && text.Length <= lengthMax && !text.AsSpan().ContainsAnyExceptInRange('!', '~');
}
