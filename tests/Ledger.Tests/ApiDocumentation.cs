using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary>The examples of <c>docs/api.md</c>, run in their order against an empty ledger.</summary>
public partial class ApiDocumentation
{
    private const int MatchLimitMs = 1000;
    private const string Secret = "secret of the admin";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly string Text = File.ReadAllText(Path.Combine(ProjectFolder.Root, "docs", "api.md"));

    [Fact]
    public async Task Each_example_is_answered_as_it_shows()
    {
        await using var ledger = await LedgerHost.StartAsync(("ADMIN_SECRET", Secret));
        var examples = Example().Matches(Text);
        examples.Count.ShouldBe(Text.Split("```http\n").Length - 1, "each request is followed by its answer");
        examples.Count.ShouldBeGreaterThan(15);

        foreach (Match example in examples)
        {
            // A report follows the ledger a moment later.
            await Eventually.BecomesAsync(
                () => DifferenceAsync(ledger, example), difference => difference.Length == 0, Patience,
                example.Groups["request"].Value);
        }
    }

    [Fact]
    public async Task Each_operation_of_the_description_is_in_it()
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ApiDocument.ReadAsync(ledger)).Select(operation => $"`{operation.Method} {operation.Path}`")
            .Where(name => !Text.Contains(name, StringComparison.Ordinal))
            .ShouldBeEmpty("docs/api.md has every endpoint");
    }

    // What of the example the answer doesn't have; empty where it has all.
    private static async Task<string> DifferenceAsync(LedgerHost ledger, Match example)
    {
        using var request = Request(ledger, example.Groups["request"].Value);
        var response = await ledger.Client.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        var status = example.Groups["status"] is { Success: true, Value: var shown } ? int.Parse(shown) : 200;
        var isThere = (int)response.StatusCode == status && (example.Groups["form"].Value == "json"
            ? Has(JsonNode.Parse(answer), JsonNode.Parse(example.Groups["answer"].Value))
            : Matches(answer.ReplaceLineEndings("\n"), example.Groups["answer"].Value));
        return isThere ? "" : $"{(int)response.StatusCode} {answer}";
    }

    private static HttpRequestMessage Request(LedgerHost ledger, string text)
    {
        var (head, body) = text.Split("\n\n", 2) is [var first, var rest] ? (first, rest) : (text, null);
        var lines = head.TrimEnd('\n').Split('\n');
        var target = lines[0].Split(' ');
        var request = new HttpRequestMessage(HttpMethod.Parse(target[0]), target[1])
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };

        foreach (var header in lines[1..].Select(line => line.Split(": ", 2)))
        {
            request.Headers.TryAddWithoutValidation(
                header[0],
                header[0] == "Authorization"
                    ? $"{Token(ledger, header[1].Split(' ')[1])}"
                    : header[1].Replace("$ADMIN_SECRET", Secret));
        }

        return request;
    }

    private static AuthenticationHeaderValue Token(LedgerHost ledger, string name) => name switch
    {
        "$OPERATOR" => ledger.Bearer("superadmin"),
        "$AUDITOR" => ledger.Bearer("auditor"),
        "$CUSTOMER" => ledger.Bearer("customer", "user-uuid-1"),
        "$TENANT_ADMIN" => ledger.Bearer("tenant-admin", "sara", "tenant-acme"),
        _ => throw new ArgumentException($"nobody is called {name}"),
    };

    private static bool Has(JsonNode? answer, JsonNode? shown) => (answer, shown) switch
    {
        (JsonObject fields, JsonObject some) =>
            some.All(field => fields.ContainsKey(field.Key) && Has(fields[field.Key], field.Value)),
        (JsonArray items, JsonArray all) =>
            items.Count == all.Count && items.Zip(all).All(pair => Has(pair.First, pair.Second)),
        (JsonValue value, JsonValue text) => Matches(value.ToString(), text.ToString()),
        _ => answer is null && shown is null,
    };

    private static bool Matches(string answer, string shown) => Regex.IsMatch(
        answer, $"^{Anything().Replace(Regex.Escape(shown), ".+?")}$", RegexOptions.ExplicitCapture,
        TimeSpan.FromMilliseconds(MatchLimitMs));

    [GeneratedRegex(
        "```http\n(?<request>(?:[^`])*?)\n```\n```(?<form>json|csv)(?: (?<status>\\d+))?\n(?<answer>[^`]*?)```",
        RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Example();

    [GeneratedRegex("<[a-z]+>", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Anything();
}
