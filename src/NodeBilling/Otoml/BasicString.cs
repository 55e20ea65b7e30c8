using System.Text;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>TOML's basic string, in the one spelling that a text has here: only what must be escaped is.</summary>
internal static class BasicString
{
    private const int ExcerptLength = 40;

    /// <summary>Appends <paramref name="text"/> in quotes.</summary>
    public static StringBuilder AppendBasicString(this StringBuilder output, string text)
    {
        output.Append('"');

        foreach (var character in text)
        {
            AppendEscaped(output, character);
        }

        return output.Append('"');
    }

    /// <summary>The beginning of <paramref name="text"/> in quotes, for a message: one line, however hostile.</summary>
    public static string Excerpt(string text)
    {
        var length = ExcerptLength
            - (text.Length > ExcerptLength && char.IsHighSurrogate(text[ExcerptLength - 1]) ? 1 : 0);

        return text.Length <= length
            ? new StringBuilder().AppendBasicString(text).ToString()
            : new StringBuilder().AppendBasicString(text[..length]).Append('…').ToString();
    }

    private static void AppendEscaped(StringBuilder output, char character)
    {
        _ = character switch
        {
            '"' => output.Append("\\\""),
            '\\' => output.Append("\\\\"),
            '\b' => output.Append("\\b"),
            '\t' => output.Append("\\t"),
            '\n' => output.Append("\\n"),
            '\f' => output.Append("\\f"),
            '\r' => output.Append("\\r"),
            < ' ' or '\u007f' => output.Append($"\\u{(int)character:X4}"),
            _ => output.Append(character),
        };
    }
}
