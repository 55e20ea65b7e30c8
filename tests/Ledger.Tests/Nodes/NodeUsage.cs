using System.Text;
using System.Text.Json;

namespace EventLedger.Ledger.Tests.Nodes;

/// <summary>Records as a node sends them to its ledger.</summary>
internal static class NodeUsage
{
    public const string AdminSecret = "the nodes' secret";

    public static string Of(
        string key, string user = "u-1", long cents = 12, string node = "node-a", string description = "chat",
        string kind = "llm_tokens") => JsonSerializer.Serialize(new
        {
            node_id = node,
            user_sid = user,
            amount_cents = cents,
            resource_kind = kind,
            idempotency_key = key,
            description,
        });

    public static Task<LedgerHost> StartAsync(params (string Name, string Value)[] more) =>
        LedgerHost.StartAsync([("ADMIN_SECRET", AdminSecret), ("HERO_NODE_ID", "node-a"), .. more]);

    public static async Task<HttpResponseMessage> PostAsync(
        this LedgerHost ledger, string path, string body, string? secret = AdminSecret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };

        if (secret is not null)
        {
            request.Headers.Add(Http.AdminSecret.Header, secret);
        }

        return await ledger.Client.SendAsync(request);
    }

    /// <summary>The answer to a record, which must be of that status.</summary>
    public static async Task<JsonElement> RecordUsageAsync(
        this LedgerHost ledger, string body, int status = 200, string? secret = AdminSecret)
    {
        var response = await ledger.PostAsync("/record_usage", body, secret);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        return JsonElement.Parse(text);
    }

    /// <summary>Puts all events into one hour, which a test may not outlast.</summary>
    public static Task PinHourAsync(this LedgerHost ledger) => ledger.ExecuteAsync(
        "update mt_events set timestamp = '2026-11-21T17:00:00Z'::timestamptz + seq_id * interval '1 ms'");

    public static Task<(int ExitCode, string Output)> PushAsync(this LedgerHost ledger) =>
        ledger.RunAsync("push-usage", "--once");

    public static async Task<long> BalanceInAsync(this LedgerHost ledger, string user, string asset = "USD/2") =>
        (await ledger.BalanceAsync(user))!.Value.GetProperty("balances").GetProperty(asset).GetInt64();
}
