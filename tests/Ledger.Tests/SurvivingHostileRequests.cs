using System.Text.Json;
using System.Text.RegularExpressions;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public partial class SurvivingHostileRequests
{
    private const int MatchLimitMs = 1000;

    [Fact]
    public async Task None_is_answered_with_a_fault_of_ours_nor_with_anything_of_our_insides()
    {
        var seed = Rounds.AreLong ? Random.Shared.Next() : 20261122;
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.GrantAsync("user-uuid-1", "g", 1_000_000, tenant: "tenant-acme");
        var requests = new HostileRequests(seed, await ApiDocument.ReadAsync(ledger));

        for (var n = 0; n < Rounds.Of(300, 10_000); n++)
        {
            using var request = requests.Next();
            using var response = await ledger.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            // A stream of balances, that a harmless request opened, has no end.
            var answer = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
                ? "" : await response.Content.ReadAsStringAsync();
            var what = $"seed {seed}, request {n}: {request.Method} {request.RequestUri}: {answer}";

            ((int)response.StatusCode).ShouldBeLessThan(500, what);
            Insides().IsMatch(answer).ShouldBeFalse(what);

            if ((int)response.StatusCode >= 400 && answer.Length > 0)
            {
                response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json", what);
                JsonElement.Parse(answer).GetProperty("error").GetString().ShouldNotBeNullOrEmpty(what);
            }
        }

        await ledger.ShouldVerifyAsync();
    }

    [GeneratedRegex(
        "Npgsql|SQLSTATE|Exception|EventLedger\\.|System\\.|Microsoft\\.|\\.cs\\b|\\bselect \\b|\\binsert \\b",
        RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Insides();
}
