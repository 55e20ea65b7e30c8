using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventLedger.EventStore.Blocks;

/// <summary>
/// Writes <see cref="CanonicalJson"/> into a buffer that it uses again, in one pass over the tokens; keys that come in
/// order already stay where they were written. Not for two threads at once.
/// </summary>
internal sealed class CanonicalJsonWriter
{
    /// <summary>How deep values may be nested.</summary>
    public const int DepthMax = 64;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = DepthMax };

    private readonly Utf8Text text = new();
    private readonly CanonicalMembers members;

    /// <summary>Makes one with a buffer that grows to the longest text written.</summary>
    public CanonicalJsonWriter() => members = new CanonicalMembers(text);

    /// <summary>The canonical form of <paramref name="json"/>, good until the next call.</summary>
    /// <exception cref="JsonException">It isn't JSON, or names a field twice.</exception>
    /// <exception cref="FormatException">It holds a number that isn't whole.</exception>
    public ReadOnlySpan<byte> Write(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("It isn't UTF-8.");
        }

        text.Clear();
        members.Clear();
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        WriteValue(ref reader);
        // Behind the value there may be white space only; the reader refuses anything else.
        reader.Read();
        return text.Written;
    }

    private void WriteValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject: WriteObject(ref reader); break;
            case JsonTokenType.StartArray: WriteArray(ref reader); break;
            case JsonTokenType.String: WriteString(ref reader); break;
            case JsonTokenType.Number: WriteNumber(reader.ValueSpan); break;
            default: text.Append(reader.ValueSpan); break;
        }
    }

    private void WriteObject(ref Utf8JsonReader reader)
    {
        var first = members.Count;
        text.Append((byte)'{');

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (members.Count > first)
            {
                text.Append((byte)',');
            }

            var start = text.Length;
            var isPlain = WriteString(ref reader);
            var keyEnd = text.Length;
            text.Append((byte)':');
            reader.Read();
            WriteValue(ref reader);
            members.Add(start, keyEnd, isPlain);
        }

        members.PutInOrder(first);
        text.Append((byte)'}');
    }

    private void WriteArray(ref Utf8JsonReader reader)
    {
        text.Append((byte)'[');

        for (var isFirst = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; isFirst = false)
        {
            if (!isFirst)
            {
                text.Append((byte)',');
            }

            WriteValue(ref reader);
        }

        text.Append((byte)']');
    }

    private void WriteNumber(ReadOnlySpan<byte> digits)
    {
        if (digits[(digits[0] == '-' ? 1 : 0)..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw new FormatException(
                $"{Encoding.UTF8.GetString(digits)} is not a whole number; events hold no others.");
        }

        // The database keeps no negative zero.
        text.Append(digits is [(byte)'-', (byte)'0'] ? "0"u8 : digits);
    }

    // Whether its bytes compare as its characters do.
    private bool WriteString(ref Utf8JsonReader reader)
    {
        text.Append((byte)'"');

        if (reader.ValueIsEscaped)
        {
            WriteEscaped(Unescape(ref reader));
        }
        else
        {
            // Without an escape there is none to write either: the reader refuses bare control characters.
            text.Append(reader.ValueSpan);
        }

        text.Append((byte)'"');
        return !reader.ValueIsEscaped && Ascii.IsValid(reader.ValueSpan);
    }

    private static string Unescape(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException half)
        {
            throw new JsonException("It has half of a surrogate pair.", half);
        }
    }

    private void WriteEscaped(string characters)
    {
        var rest = characters.AsSpan();

        while (IndexOfEscaped(rest) is >= 0 and var next)
        {
            text.Append(rest[..next]);
            WriteEscape(rest[next]);
            rest = rest[(next + 1)..];
        }

        text.Append(rest);
    }

    private static int IndexOfEscaped(ReadOnlySpan<char> characters)
    {
        for (var i = 0; i < characters.Length; i++)
        {
            if (characters[i] is < ' ' or '"' or '\\')
            {
                return i;
            }
        }

        return -1;
    }

    private void WriteEscape(char character)
    {
        switch (character)
        {
            case '"': text.Append("\\\""u8); break;
            case '\\': text.Append("\\\\"u8); break;
            case '\b': text.Append("\\b"u8); break;
            case '\f': text.Append("\\f"u8); break;
            case '\n': text.Append("\\n"u8); break;
            case '\r': text.Append("\\r"u8); break;
            case '\t': text.Append("\\t"u8); break;
            default:
                text.Append("\\u00"u8);
                text.Append((byte)(character < 0x10 ? '0' : '1'));
                text.Append((byte)"0123456789abcdef"[character & 0xf]);
                break;
        }
    }
}
