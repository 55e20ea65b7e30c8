using System.Net;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Tests;

public class LimitingCallers
{
    [Fact]
    public async Task A_caller_past_the_limit_is_told_when_to_come_back_and_others_go_on()
    {
        await using var ledger = await LedgerHost.StartAsync(("RATE_LIMIT_PER_SECOND", "5"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => GetAsync(ledger, "greedy")));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBeGreaterThanOrEqualTo(5);
        var refused = answers.Where(answer => answer.StatusCode != HttpStatusCode.OK).ToArray();
        refused.ShouldNotBeEmpty();
        refused.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.TooManyRequests
            && answer.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        (await refused[0].Content.ReadAsStringAsync()).ShouldContain("\"error\"");
        (await GetAsync(ledger, "modest")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ledger.Client.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nobody_is_limited_unless_it_is_set()
    {
        await using var ledger = await LedgerHost.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => GetAsync(ledger, "greedy")));

        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
    }

    [Theory, InlineData("0"), InlineData("many"), InlineData("1000001")]
    public void What_is_no_limit_is_refused(string text) => Should.Throw<SettingException>(
        () => new LedgerSettings(name => name == "RATE_LIMIT_PER_SECOND" ? text : null).RequestsPerSecond)
        .Message.ShouldContain("RATE_LIMIT_PER_SECOND");

    private static async Task<HttpResponseMessage> GetAsync(LedgerHost ledger, string caller)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/billing/dead-letters");
        request.Headers.Authorization = ledger.Bearer("superadmin", caller);
        return await ledger.Client.SendAsync(request);
    }
}
