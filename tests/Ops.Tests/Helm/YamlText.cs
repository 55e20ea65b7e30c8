using System.Text.Json.Nodes;

namespace EventLedger.Ops.Tests.Helm;

/// <summary>A tree as YAML, as helm's <c>toYaml</c> writes it.</summary>
internal static class YamlText
{
    /// <summary>Its lines.</summary>
    public static string Of(JsonNode? node) => string.Join('\n', Lines(node));

    private static IEnumerable<string> Lines(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Value is JsonObject or JsonArray
            ? [$"{pair.Key}:", .. Lines(pair.Value).Select(line => $"  {line}")]
            : (IEnumerable<string>)[$"{pair.Key}: {pair.Value?.ToJsonString()}"]),
        JsonArray list => list.Select(item => $"- {item?.ToJsonString()}"),
        _ => [$"{node?.ToJsonString()}"],
    };
}
