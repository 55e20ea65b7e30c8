using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace EventLedger.Embedded.Examples;

/// <summary>Twelve requests of three customers through the proxy, and the wait until they are booked.</summary>
/// <param name="proxy">Where the requests go.</param>
/// <param name="ledger">Where the balances are read.</param>
/// <param name="token">An operator's.</param>
/// <param name="microOmrPerToken">The proxy's price.</param>
/// <param name="time">Bounds the wait.</param>
internal sealed class ExampleTraffic(Uri proxy, Uri ledger, string token, long microOmrPerToken, TimeProvider time)
    : IDisposable
{
    /// <summary>Requests of each customer: every second one is streamed.</summary>
    public const int RequestsPerCustomer = 4;

    private const int ShownMax = 500;

    private static readonly string[] Customers = ["amina", "noor", "salim"];
    private static readonly TimeSpan BookedLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(50);

    // New for every run: a request id that the ledger has seen is not charged again.
    private readonly Guid run = Guid.CreateVersion7(time.GetUtcNow());
    private readonly HttpClient http = new();

    /// <summary>One row for each customer; throws when a balance isn't what it must be within the limit.</summary>
    public async Task<IReadOnlyList<ExampleRow>> SendAsync(CancellationToken cancellation)
    {
        var before = new Dictionary<string, long>();
        var tokens = new Dictionary<string, long>();

        foreach (var customer in Customers)
        {
            before[customer] = await BalanceAsync(customer, cancellation) ?? 0;
            tokens[customer] = await UseAsync(customer, cancellation);
        }

        var rows = new List<ExampleRow>();

        foreach (var customer in Customers)
        {
            var amount = checked(-tokens[customer] * microOmrPerToken);
            await WaitForBalanceAsync(customer, before[customer] + amount, cancellation);
            rows.Add(new(customer, RequestsPerCustomer, tokens[customer], amount, before[customer] + amount));
        }

        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<long> UseAsync(string customer, CancellationToken cancellation)
    {
        var tokens = 0L;

        for (var request = 1; request <= RequestsPerCustomer; request++)
        {
            tokens += await AskAsync(customer, $"{run}-{customer}-{request}", request % 2 == 0, cancellation);
        }

        return tokens;
    }

    // The tokens that the answer says were used.
    private async Task<long> AskAsync(string customer, string requestId, bool streamed, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy, "/v1/chat/completions"))
        {
            Content = JsonContent.Create(new
            {
                model = "qwen3-coder",
                messages = new[] { new { role = "user", content = $"Hello, I am {customer} and count every word." } },
                stream = streamed,
                stream_options = streamed ? new { include_usage = true } : null,
            }),
        };

        request.Headers.Add("x-customer-id", customer);
        request.Headers.Add("x-tenant-id", "example");
        request.Headers.Add("X-Request-Id", requestId);

        using var response = await http.SendAsync(request, cancellation);
        var body = await response.Content.ReadAsStringAsync(cancellation);

        return response.IsSuccessStatusCode && ExampleUsage.Tokens(body, streamed) is { } tokens
            ? tokens
            : throw new EmbeddedException(
                $"The upstream answered {(int)response.StatusCode} without usage: {Start(body)}");
    }

    private static string Start(string body) => body.Length > ShownMax ? body[..ShownMax] + " …" : body;

    private async Task WaitForBalanceAsync(string customer, long expected, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        long? balance;

        while ((balance = await BalanceAsync(customer, cancellation)) != expected)
        {
            if (time.GetElapsedTime(started) > BookedLimit)
            {
                throw new EmbeddedException($"The balance of {customer} is {balance?.ToString() ?? "not there"}, "
                    + $"and {BookedLimit.TotalSeconds} s after the last request should be {expected}.");
            }

            await Task.Delay(AskInterval, time, cancellation);
        }
    }

    // Null for a customer whom the ledger doesn't know yet.
    private async Task<long?> BalanceAsync(string customer, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(ledger, $"/billing/customers/{customer}/balance"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

        using var response = await http.SendAsync(request, cancellation);

        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        var balance = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        return balance.GetProperty("balance_micro_omr").GetInt64();
    }
}
