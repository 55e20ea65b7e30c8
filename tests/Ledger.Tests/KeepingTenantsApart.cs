using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.RegularExpressions;
using EventLedger.Ledger.Http;
using EventLedger.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EventLedger.Ledger.Tests;

/// <summary>Every operation of the API's description, asked by a tenant's admin for what is another tenant's.</summary>
public partial class KeepingTenantsApart
{
    private const int MatchLimitMs = 1000;
    private const string Stranger = "stranger-1";
    private const string Nobody = "nobodyyy-1";

    // What is found nowhere but in the stranger's entries and account.
    private static readonly string[] Secrets = [Stranger, "tenant-of-stranger", "model-of-stranger", "req-of-stranger"];

    private static readonly string[] Words =
    [
        .. Secrets, "own-1", "tenant-a", "stranger", "1", "0", "2", "2020-01-01", "2120-01-01", "true", "model",
        "tenant", "customer", "day", "customer_id", "balance", "-balance", "OMR/6", "USD/2", "all", "",
    ];

    [Fact]
    public async Task An_admin_sees_nothing_of_another_tenant_whatever_envelopes_have_named()
    {
        var seed = Rounds.AreLong ? Random.Shared.Next() : 20261122;
        var random = new Random(seed);
        await using var ledger = await FilledAsync();
        var entry = await ledger.ScalarAsync<Guid>(
            $"select id from mt_events where stream_id = '{Stranger}' and type = 'usage_recorded' limit 1");
        var admin = ledger.Bearer("tenant-admin", "admin-a", "tenant-a");

        foreach (var operation in await ApiDocument.ReadAsync(ledger))
        {
            for (var round = 0; round < Rounds.Of(30, 1000); round++)
            {
                var query = Query(operation, random);
                var asked = await AskAsync(ledger, operation, Own, query, admin);
                var foreign = await AskAsync(ledger, operation, Foreign, query, admin);
                var missing = await AskAsync(ledger, operation, Missing, query, admin);
                var why = $"seed {seed}: {operation.Id}{query}: {foreign}";

                // The stranger is as one who was never there, and the own answers hold nothing of the stranger's.
                if (operation.PathParameters.Length > 0)
                {
                    foreign.Replace(Stranger, Nobody).Replace($"{entry}", $"{Guid.Empty}").ShouldBe(missing, why);
                }

                ShouldHoldNoSecret(asked, query, $"seed {seed}: {operation.Id}{query}: {asked}");
            }
        }

        string Own(string name) => name == "customerId" ? "own-1" : "1";
        string Foreign(string name) => name == "customerId" ? Stranger : name == "entryId" ? $"{entry}" : "1";
        string Missing(string name) => name == "customerId" ? Nobody : name == "entryId" ? $"{Guid.Empty}" : "1";
    }

    [Fact]
    public async Task An_account_is_seen_by_the_admin_of_the_tenant_that_it_belongs_to_now()
    {
        await using var ledger = await FilledAsync();

        await ledger.PostAsync(
            $"/billing/customers/{Stranger}/tenant", """{"tenant_id":"tenant-a","reason":"moved"}""", 200);

        (await StatusAsync(ledger, "tenant-a")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(ledger, "tenant-of-stranger")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("customer", null, "own-1", HttpStatusCode.OK)]
    [InlineData("customer", null, Stranger, HttpStatusCode.Forbidden)]
    [InlineData("customer", null, Nobody, HttpStatusCode.Forbidden)]
    [InlineData("customer", "tenant-of-stranger", Stranger, HttpStatusCode.Forbidden)]
    [InlineData("tenant-admin", "tenant-a", "own-1", HttpStatusCode.OK)]
    [InlineData("tenant-admin", "tenant-a", Stranger, HttpStatusCode.NotFound)]
    [InlineData("tenant-admin", "tenant-a", Nobody, HttpStatusCode.NotFound)]
    [InlineData("tenant-admin", null, "own-1", HttpStatusCode.OK)]
    [InlineData("tenant-admin", null, Stranger, HttpStatusCode.Forbidden)]
    [InlineData("tenant-admin", "tenant-of-stranger", "own-1", HttpStatusCode.NotFound)]
    [InlineData("auditor", null, Stranger, HttpStatusCode.OK)]
    [InlineData("superadmin", null, Stranger, HttpStatusCode.OK)]
    public async Task Who_may_read_one_account_at_most_is_forbidden_others_and_an_admin_does_not_find_them(
        string role, string? tenant, string customer, HttpStatusCode status)
    {
        await using var ledger = await FilledAsync();

        foreach (var what in (string[])["balance", "entries", "statement?from=2020-01-01&to=2120-01-01"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/billing/customers/{customer}/{what}");
            request.Headers.Authorization = ledger.Bearer(role, "own-1", tenant);
            (await ledger.Client.SendAsync(request)).StatusCode.ShouldBe(status, what);
        }
    }

    [Fact]
    public async Task Who_may_read_everything_reads_it_though_they_look_after_a_tenant_too()
    {
        await using var ledger = await FilledAsync();
        var caller = new ClaimsPrincipal(new ClaimsIdentity(
            [
                new("sub", "op"), new("role", "superadmin"), new("role", "tenant-admin"), new("tenant_id", "tenant-a"),
            ],
            authenticationType: "test", nameType: "sub", roleType: "role"));

        (await ledger.Services.GetRequiredService<AccountAccess>().MayReadAsync(caller, Stranger, default))
            .ShouldBeTrue();
    }

    private static async Task<LedgerHost> FilledAsync()
    {
        var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("own-1", "own-req-1", tenant: "tenant-a"), 200);
        await ledger.RecordAsync(Secret("req-of-stranger-1", "tenant-of-stranger"), 200);
        await ledger.RecordAsync(Secret("req-of-stranger-2", "tenant-a"), 200);
        await ledger.RecordAsync(Envelopes.Of("own-1", "own-req-2", tenant: "tenant-b"), 200);
        await ledger.RolledUpAsync();
        return ledger;
    }

    private static string Secret(string request, string tenant) =>
        Envelopes.Of(Stranger, request, tenant: tenant)
            .Replace("\"model\":\"qwen3-coder\"", "\"model\":\"model-of-stranger\"");

    private static string Query(ApiOperation operation, Random random)
    {
        var chosen = operation.QueryParameters.Where(_ => random.Next(2) == 0)
            .Select(name => $"{name}={Uri.EscapeDataString(Words[random.Next(Words.Length)])}");
        return $"?{string.Join('&', chosen)}";
    }

    private static void ShouldHoldNoSecret(string answer, string query, string why)
    {
        foreach (var secret in Secrets.Where(secret => !query.Contains(secret, StringComparison.Ordinal)))
        {
            answer.ShouldNotContain(secret, Case.Sensitive, why);
        }
    }

    // Of what never ends, only whether it is begun.
    private static async Task<string> AskAsync(
        LedgerHost ledger, ApiOperation operation, Func<string, string> valueOf, string query,
        AuthenticationHeaderValue admin)
    {
        using var request = operation.Request(valueOf, query);
        request.Headers.Authorization = admin;
        request.Content = operation.BodyTypes.Length > 0
            ? new StringContent(operation.Example!.ToJsonString(), Encoding.UTF8, "application/json")
            : null;
        using var response = await ledger.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var isEndless = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        (isEndless && query.Contains(Stranger, StringComparison.Ordinal)).ShouldBeFalse($"{operation.Id}{query}");
        var answer = isEndless ? "" : await response.Content.ReadAsStringAsync();
        return $"{response.StatusCode} {TraceId().Replace(answer, "")}";
    }

    // Each problem has one of its own.
    [GeneratedRegex("\"trace_id\":\"[^\"]*\"", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex TraceId();

    private static async Task<HttpStatusCode> StatusAsync(LedgerHost ledger, string tenant)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/billing/customers/{Stranger}/balance");
        request.Headers.Authorization = ledger.Bearer("tenant-admin", "admin", tenant);
        return (await ledger.Client.SendAsync(request)).StatusCode;
    }
}
