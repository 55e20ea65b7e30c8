using System.Text;
using System.Text.Json.Nodes;

namespace EventLedger.Ledger.Tests;

/// <summary>Requests with broken and hostile values, made from the API's description and a seed.</summary>
internal sealed class HostileRequests(int seed, ApiOperation[] operations)
{
    // As they stand in an address.
    private static readonly string[] Texts =
    [
        "", "%00", "a%00b", "%FF%FE", "%ED%A0%80", "..%2F..%2Fetc", "%27%20or%201=1;--", "-1", "99999999999999999999",
        "NaN", "null", "%7B%7D", "%F0%9F%92%A9", "%0D%0AX-More:%20yes", "%25s%25n", new string('9', 3000),
        "00000000-0000-0000-0000-000000000000", "1e308", "2026-13-45", "%3Cscript%3E",
    ];

    // As they stand in a JSON document.
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1.5", "1e400", "-1e400", "9223372036854775807", "9223372036854775808", "[]", "{}",
        "\"\"", "\" \"", "\"\\u0000\"", "\"\\ud800\"", "\"' or 1=1;--\"", "\"x\\r\\ny\"", "\"NaN\"", "\"-0\"",
        "\"\\u202e\"", "\"$1\"", "[[[[]]]]", "{\"a\":{\"b\":1}}", $"\"{new string('x', 9000)}\"",
        $"{new string('[', 200)}{new string(']', 200)}", "0.00000000000000000000000000000000001", "\"1e9999999\"",
    ];

    private static readonly string[] Bodies =
        ["", "{", "[", "\0", "\uFEFF{}", "<xml/>", "{\"a\":1,\"a\":1}", "nul", "\"", "{}{}", "[1,", "a=b&c=d"];

    private static readonly string[] Types =
        ["application/json", "application/json; charset=utf-16", "text/plain", "application/x-ndjson", "nonsense", ""];

    private readonly Random random = new(seed);

    /// <summary>One more request.</summary>
    public HttpRequestMessage Next()
    {
        var operation = Pick(operations);
        var query = operation.QueryParameters.Length == 0
            ? ""
            : "?" + string.Join('&', operation.QueryParameters.Select(name => $"{name}={Pick(Texts)}"));
        var request = operation.Request(_ => random.Next(3) == 0 ? "user-uuid-1" : Pick(Texts), query);

        if (operation.BodyTypes.Length > 0)
        {
            request.Content = new ByteArrayContent(Body(operation.Example!.DeepClone()));
            request.Content.Headers.TryAddWithoutValidation(
                "Content-Type", random.Next(4) == 0 ? Pick(Types) : Pick(operation.BodyTypes));
        }

        return request;
    }

    private byte[] Body(JsonNode example)
    {
        switch (random.Next(6))
        {
            case 0: return Encoding.UTF8.GetBytes(Pick(Bodies));
            case 1: return [.. Encoding.UTF8.GetBytes(example.ToJsonString()[..^random.Next(1, 20)]), 0xFF];
            default:
                var marks = new List<string>();
                Mark(example, marks);
                var body = example.ToJsonString();
                return Encoding.UTF8.GetBytes(
                    marks.Aggregate(body, (text, mark) => text.Replace($"\"{mark}\"", Pick(Values))));
        }
    }

    // Some fields are changed, which no JSON node can hold: they are marked, and replaced in the text.
    private void Mark(JsonNode node, List<string> marks)
    {
        if (node is JsonArray array)
        {
            Mark(array[0]!, marks);
            return;
        }

        foreach (var (name, value) in node.AsObject().ToArray())
        {
            if (value is JsonObject inner && random.Next(3) > 0)
            {
                Mark(inner, marks);
            }
            else if (random.Next(4) == 0)
            {
                marks.Add($"mark {marks.Count}");
                node[name] = marks[^1];
            }
            else if (random.Next(12) == 0)
            {
                node.AsObject().Remove(name);
            }
        }
    }

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];
}
