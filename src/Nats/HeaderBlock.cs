using System.Collections;
using System.Globalization;
using System.Text;

namespace EventLedger.Nats;

/// <summary>
/// The headers of a message, kept as they are on the wire and decoded when asked. Keys keep their case and may repeat.
/// The default is empty. Those of a received message can be read until it is settled.
/// </summary>
public readonly struct HeaderBlock : IEnumerable<KeyValuePair<string, string>>
{
    internal static ReadOnlySpan<byte> Version => "NATS/1.0"u8;

    // Received ones begin with the version line, made ones with the first key.
    private readonly ReadOnlyMemory<byte> bytes;

    private HeaderBlock(ReadOnlyMemory<byte> bytes) => this.bytes = bytes;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Lines.IsEmpty;

    /// <summary>The first value under a key, in this very case; null where there is none.</summary>
    public string? this[string key]
    {
        get
        {
            foreach (var (found, value) in this)
            {
                if (found == key)
                {
                    return value;
                }
            }

            return null;
        }
    }

    /// <summary>The status that a server puts in the place of a message, 503 for example; 0 for none.</summary>
    internal int StatusCode => StatusLine is { Length: >= 3 } line
        && int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0;

    internal string StatusText => StatusLine is { Length: > 4 } line ? Encoding.ASCII.GetString(line[4..]) : "";

    internal int LinesLength => Lines.Length;

    internal ReadOnlySpan<byte> Lines
    {
        get
        {
            var span = bytes.Span;

            if (!span.StartsWith(Version))
            {
                return span;
            }

            var end = span.IndexOf("\r\n"u8);
            return end < 0 ? [] : span[(end + 2)..];
        }
    }

    private ReadOnlySpan<byte> StatusLine
    {
        get
        {
            var span = bytes.Span;
            var end = span.IndexOf("\r\n"u8);
            return span.StartsWith(Version) && end > Version.Length + 1 ? span[(Version.Length + 1)..end] : [];
        }
    }

    /// <summary>Headers of these keys and values, in this order.</summary>
    /// <exception cref="ArgumentException">
    /// A key that is empty or holds a colon, a space or anything outside ASCII; a value that holds a control character
    /// or anything outside ASCII. Percent-encode such a value.
    /// </exception>
    public static HeaderBlock Of(params ReadOnlySpan<(string Key, string Value)> headers)
    {
        var lines = new StringBuilder();

        foreach (var (key, value) in headers)
        {
            RequireKey(key);
            RequireValue(value, key);
            lines.Append(key).Append(": ").Append(value).Append("\r\n");
        }

        return new HeaderBlock(Encoding.ASCII.GetBytes(lines.ToString()));
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        var rest = bytes[(bytes.Length - LinesLength)..];

        for (var end = rest.Span.IndexOf("\r\n"u8); end >= 0; end = rest.Span.IndexOf("\r\n"u8))
        {
            // What other clients sent may be anything: a line without a colon is nobody's header.
            if (rest.Span[..end].IndexOf((byte)':') is >= 1 and var colon)
            {
                var value = rest.Span[(colon + 1)..end].Trim((byte)' ');
                yield return new(Encoding.UTF8.GetString(rest.Span[..colon]), Encoding.UTF8.GetString(value));
            }

            rest = rest[(end + 2)..];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static HeaderBlock Received(ReadOnlyMemory<byte> block) => new(block);

    internal static void RequireValue(string value, string key)
    {
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~') || value.AsSpan().Trim(' ').Length != value.Length)
        {
            throw new ArgumentException(
                $"The value of header {key} has a control character, one outside ASCII, or a space at an end.");
        }
    }

    private static void RequireKey(string key)
    {
        if (key.Length == 0 || key.Contains(':') || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ArgumentException($"\"{key}\" is no header key: printable ASCII without a colon is.");
        }
    }
}
