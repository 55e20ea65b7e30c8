using System.Buffers;
using System.Text;
using System.Text.Json;

namespace EventLedger.EventStore.Blocks;

/// <summary>
/// One text for each value, so that it can be hashed: keys ordered and strings escaped as in RFC 8785, no white
/// space, numbers as their exact digits. Data holds whole numbers only.
/// </summary>
public static class CanonicalJson
{
    private const string Hex = "0123456789abcdef";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>Appends the canonical form of <paramref name="json"/> to <paramref name="output"/>.</summary>
    /// <exception cref="JsonException">It isn't JSON, or names a field twice.</exception>
    /// <exception cref="FormatException">It holds a number that isn't whole.</exception>
    public static void Write(ReadOnlyMemory<byte> json, IBufferWriter<byte> output)
    {
        using var document = JsonDocument.Parse(json, Options);
        Write(document.RootElement, output);
    }

    private static void Write(JsonElement element, IBufferWriter<byte> output)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object: WriteObject(element, output); break;
            case JsonValueKind.Array: WriteArray(element, output); break;
            case JsonValueKind.String: WriteString(element.GetString()!, output); break;
            case JsonValueKind.Number: WriteNumber(element, output); break;
            case JsonValueKind.True: output.Write("true"u8); break;
            case JsonValueKind.False: output.Write("false"u8); break;
            default: output.Write("null"u8); break;
        }
    }

    private static void WriteObject(JsonElement element, IBufferWriter<byte> output)
    {
        var properties = element.EnumerateObject().ToArray();
        Array.Sort(properties, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        output.Write("{"u8);

        for (var i = 0; i < properties.Length; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            WriteString(properties[i].Name, output);
            output.Write(":"u8);
            Write(properties[i].Value, output);
        }

        output.Write("}"u8);
    }

    private static void WriteArray(JsonElement element, IBufferWriter<byte> output)
    {
        output.Write("["u8);
        var first = true;

        foreach (var item in element.EnumerateArray())
        {
            if (!first)
            {
                output.Write(","u8);
            }

            Write(item, output);
            first = false;
        }

        output.Write("]"u8);
    }

    private static void WriteNumber(JsonElement element, IBufferWriter<byte> output)
    {
        var digits = element.GetRawText();

        if (digits.AsSpan(digits[0] == '-' ? 1 : 0).ContainsAnyExceptInRange('0', '9'))
        {
            throw new FormatException($"{digits} is not a whole number; events hold no others.");
        }

        // The database keeps no negative zero.
        Encoding.UTF8.GetBytes(digits == "-0" ? "0" : digits, output);
    }

    private static void WriteString(string text, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        var rest = text.AsSpan();

        while (IndexOfEscaped(rest) is >= 0 and var next)
        {
            Encoding.UTF8.GetBytes(rest[..next], output);
            WriteEscaped(rest[next], output);
            rest = rest[(next + 1)..];
        }

        Encoding.UTF8.GetBytes(rest, output);
        output.Write("\""u8);
    }

    private static int IndexOfEscaped(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' or '"' or '\\')
            {
                return i;
            }
        }

        return -1;
    }

    private static void WriteEscaped(char character, IBufferWriter<byte> output)
    {
        var escape = character switch
        {
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            '\b' => "\\b"u8,
            '\f' => "\\f"u8,
            '\n' => "\\n"u8,
            '\r' => "\\r"u8,
            '\t' => "\\t"u8,
            _ => [(byte)'\\', (byte)'u', (byte)'0', (byte)'0', (byte)Hex[character >> 4], (byte)Hex[character & 15]],
        };
        output.Write(escape);
    }
}
