using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventLedger.Ops.Tests.Helm;

/// <summary>Checks values by the words of JSON Schema that the chart's schema uses; another word is an error.</summary>
internal sealed class JsonSchema(string text)
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    // These say something about a value that needs no checking here.
    private static readonly string[] Remarks = ["$schema", "definitions", "description"];

    private readonly JsonNode root = JsonNode.Parse(text)!;

    /// <summary>What is wrong with the values, each with its path.</summary>
    public IReadOnlyList<string> FindFaults(JsonNode? value) => [.. Check(root, value, "values")];

    private IEnumerable<string> Check(JsonNode schema, JsonNode? value, string path) =>
        schema.AsObject().Where(rule => !Remarks.Contains(rule.Key)).SelectMany(rule =>
            Check(rule.Key, rule.Value!, schema, value, path));

    private IEnumerable<string> Check(string word, JsonNode rule, JsonNode schema, JsonNode? value, string path) =>
        word switch
        {
            "$ref" => Check(Definition($"{rule}"), value, path),
            "type" => Unless(TypeOf(value) == $"{rule}", $"{path} is no {rule}"),
            "enum" => Unless(
                rule.AsArray().Any(allowed => JsonNode.DeepEquals(allowed, value)), $"{path} is not one of {rule}"),
            "pattern" => Unless(
                Regex.IsMatch($"{value}", $"{rule}", RegexOptions.None, MatchLimit), $"{path} isn't like {rule}"),
            "minimum" => Unless((long?)value >= (long)rule, $"{path} is below {rule}"),
            "maximum" => Unless((long?)value <= (long)rule, $"{path} is above {rule}"),
            "minLength" => Unless($"{value}".Length >= (int)rule, $"{path} is shorter than {rule}"),
            "minProperties" => Unless((value as JsonObject)?.Count >= (int)rule, $"{path} has fewer than {rule}"),
            "required" => rule.AsArray().Where(name => value?[$"{name}"] is null)
                .Select(name => $"{path}.{name} is missing"),
            "items" => value!.AsArray().SelectMany((item, at) => Check(rule, item, $"{path}[{at}]")),
            "properties" => rule.AsObject().Where(property => value?[property.Key] is not null)
                .SelectMany(property => Check(property.Value!, value![property.Key], $"{path}.{property.Key}")),
            "additionalProperties" => CheckOthers(rule, schema, value, path),
            _ => throw new InvalidDataException($"{word} is no word of JSON Schema that this knows"),
        };

    private IEnumerable<string> CheckOthers(JsonNode rule, JsonNode schema, JsonNode? value, string path)
    {
        var known = (schema["properties"] as JsonObject)?.Select(property => property.Key).ToHashSet() ?? [];
        var others = (value as JsonObject)?.Where(member => !known.Contains(member.Key)) ?? [];

        return rule is JsonObject
            ? others.SelectMany(member => Check(rule, member.Value, $"{path}.{member.Key}"))
            : others.Select(member => $"{path}.{member.Key} is unknown");
    }

    private JsonNode Definition(string reference) =>
        reference.TrimStart('#', '/').Split('/').Aggregate(root, (node, name) => node[name]!);

    private static IEnumerable<string> Unless(bool? holds, string fault) => holds == true ? [] : [fault];

    private static string TypeOf(JsonNode? value) => value switch
    {
        JsonObject => "object",
        JsonArray => "array",
        JsonValue one when one.TryGetValue<bool>(out _) => "boolean",
        JsonValue one when one.TryGetValue<long>(out _) => "integer",
        JsonValue => "string",
        _ => "null",
    };
}
