using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EventLedger.Ledger.Tests;

/// <summary>An operation of the API, as its description has it.</summary>
internal sealed record ApiOperation(
    string Id, HttpMethod Method, string Path, string[] PathParameters, string[] QueryParameters, JsonNode? Example,
    string[] BodyTypes, bool NeedsToken, IReadOnlyDictionary<string, JsonNode> Answers)
{
    /// <summary>A request with that in place of each parameter of the path.</summary>
    public HttpRequestMessage Request(Func<string, string> valueOf, string query = "") => new(
        Method,
        PathParameters.Aggregate(Path, (path, name) => path.Replace($"{{{name}}}", valueOf(name))) + query);
}

/// <summary>Reads the API's description.</summary>
internal static class ApiDocument
{
    public static async Task<ApiOperation[]> ReadAsync(LedgerHost ledger)
    {
        var document = (await ledger.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;

        return
        [
            .. from path in document["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               select Operation(path.Key, operation.Key, operation.Value!),
        ];
    }

    private static ApiOperation Operation(string path, string method, JsonNode operation)
    {
        var content = operation["requestBody"]?["content"]?.AsObject();

        return new(
            (string)operation["operationId"]!, HttpMethod.Parse(method.ToUpperInvariant()), path,
            Parameters(operation, "path"), Parameters(operation, "query"), content?.First().Value?["example"],
            [.. content?.Select(type => type.Key) ?? []], operation["security"] is not null,
            Answers(operation["responses"]?["200"]?["content"]?.AsObject()));
    }

    private static Dictionary<string, JsonNode> Answers(JsonObject? content) => (content ?? [])
        .Where(form => form.Value!["example"] is not null)
        .ToDictionary(form => form.Key, form => form.Value!["example"]!);

    private static string[] Parameters(JsonNode operation, string place) =>
        [.. (operation["parameters"]?.AsArray() ?? []).Where(parameter => (string)parameter!["in"]! == place)
            .Select(parameter => (string)parameter!["name"]!)];
}
