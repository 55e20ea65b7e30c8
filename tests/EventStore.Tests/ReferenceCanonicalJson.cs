using System.Text;
using System.Text.Json;

namespace EventLedger.EventStore.Tests;

/// <summary>The canonical form as its definition says it, with no thought of speed.</summary>
internal static class ReferenceCanonicalJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    public static string Of(string json)
    {
        using var document = JsonDocument.Parse(json, Options);
        return Of(document.RootElement);
    }

    private static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject()
            .OrderBy(member => member.Name, StringComparer.Ordinal)
            .Select(member => Quoted(member.Name) + ":" + Of(member.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(',', value.EnumerateArray().Select(Of)) + "]",
        JsonValueKind.String => Quoted(value.GetString()!),
        JsonValueKind.Number => value.GetRawText() == "-0" ? "0" : value.GetRawText(),
        _ => value.GetRawText(),
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");

        foreach (var character in text)
        {
            quoted.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\u{(int)character:x4}",
                _ => character.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
