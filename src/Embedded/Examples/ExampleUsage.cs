using System.Text.Json;

namespace EventLedger.Embedded.Examples;

/// <summary>What an answer in the OpenAI form says was used.</summary>
internal static class ExampleUsage
{
    private const string DataPrefix = "data: ";
    private const string Done = "[DONE]";

    /// <summary>The total tokens; null where the answer has no usage.</summary>
    public static long? Tokens(string body, bool streamed) =>
        (streamed ? Chunks(body) : [body]).Select(TotalTokens).LastOrDefault(tokens => tokens is not null);

    private static IEnumerable<string> Chunks(string body) => body
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(line => line.StartsWith(DataPrefix))
        .Select(line => line[DataPrefix.Length..])
        .Where(data => data != Done);

    private static long? TotalTokens(string json) =>
        JsonElement.Parse(json) is { ValueKind: JsonValueKind.Object } answer
        && answer.TryGetProperty("usage", out var usage)
        && usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty("total_tokens", out var tokens)
            ? tokens.GetInt64()
            : null;
}
