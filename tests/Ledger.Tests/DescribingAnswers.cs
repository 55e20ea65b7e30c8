using System.Net;
using System.Text.Json.Nodes;

namespace EventLedger.Ledger.Tests;

/// <summary>The answers that the API's description shows, against those that are given.</summary>
public class DescribingAnswers
{
    [Fact]
    public async Task Each_example_has_the_fields_that_the_answer_has()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var entry = (await ledger.RecordAsync(Envelopes.Of("user-uuid-1", "req-1"), 200)).Entry();
        await ledger.RolledUpAsync();
        await ledger.ExecuteAsync("""
            insert into source_reports
            values ('gateway', date_trunc('hour', now(), 'UTC'), gen_random_uuid(), 1, 1, 0, 0, 0)
            """);
        var described = (await ApiDocument.ReadAsync(ledger)).Where(operation => operation.Answers.Count > 0).ToArray();
        described.Select(operation => operation.Id).ShouldContain("GetStatement");

        foreach (var operation in described)
        {
            foreach (var (form, example) in operation.Answers)
            {
                using var request = operation.Request(
                    name => name == "entryId" ? $"{entry}" : "user-uuid-1",
                    operation.Id == "GetStatement" ? "?from=2020-01-01&to=2120-01-01" : "");
                request.Headers.Accept.ParseAdd(form);
                var response = await ledger.Client.SendAsync(request);
                var answer = await response.Content.ReadAsStringAsync();
                response.StatusCode.ShouldBe(HttpStatusCode.OK, $"{operation.Id}: {answer}");

                if (form == "application/json")
                {
                    Fields(JsonNode.Parse(answer)!).ShouldBe(Fields(example), operation.Id);
                }
                else
                {
                    answer.Split("\r\n")[0].ShouldBe(((string)example!).Split("\r\n")[0], operation.Id);
                }
            }
        }
    }

    // The first of a list stands for all; data is what the event says.
    private static string[] Fields(JsonNode node) => node switch
    {
        JsonArray array => array.Count == 0 ? [] : Fields(array[0]!),
        JsonObject fields =>
        [
            .. fields.SelectMany(field => field.Value is null or JsonValue || field.Key == "data"
                ? [field.Key]
                : Fields(field.Value).Select(inner => $"{field.Key}.{inner}").Append(field.Key)),
        ],
        _ => [],
    };
}
