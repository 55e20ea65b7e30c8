using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace EventLedger.Ledger.Tests;

/// <summary>What operators order over HTTP.</summary>
internal static class Orders
{
    /// <summary>The answer to a body, which must be of that status.</summary>
    public static async Task<JsonElement> PostAsync(this LedgerHost ledger, string path, string body, int status)
    {
        var response = await ledger.Client.PostAsync(
            path, new StringContent(body, Encoding.UTF8, "application/json"));
        var answer = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, answer);
        return JsonElement.Parse(answer);
    }

    public static Task<JsonElement> GrantAsync(
        this LedgerHost ledger, string customer, string grant, long micro, int status = 200, string? tenant = "t") =>
        ledger.PostAsync(
            "/billing/credits",
            $$"""
            {"grant_id":"{{grant}}","customer_id":"{{customer}}","amount_micro_omr":{{micro}},"reason":"top-up"
            {{(tenant is null ? "" : $",\"tenant_id\":\"{tenant}\"")}}}
            """,
            status);

    public static Task<JsonElement> ReverseAsync(
        this LedgerHost ledger, Guid entry, int status = 200, string reason = "charged twice") =>
        ledger.PostAsync($"/billing/entries/{entry}/reversal", $$"""{"reason":"{{reason}}"}""", status);

    public static async Task<long> MicroBalanceAsync(this LedgerHost ledger, string customer) =>
        (await ledger.Client.GetFromJsonAsync<JsonElement>($"/billing/customers/{customer}/balance"))
            .GetProperty("balance_micro_omr").GetInt64();

    public static Guid Entry(this JsonElement answer) => answer.GetProperty("ledger_entry_id").GetGuid();

    public static bool IsDuplicate(this JsonElement answer) => answer.GetProperty("duplicate").GetBoolean();

    public static string Error(this JsonElement answer) => answer.GetProperty("error").GetString()!;
}
