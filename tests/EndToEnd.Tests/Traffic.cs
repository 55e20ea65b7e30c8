using EventLedger.Testing;

namespace EventLedger.EndToEnd.Tests;

/// <summary>Clients of the proxy, and what their answers must have cost in the end.</summary>
internal sealed class Traffic(RunningSystem system)
{
    private const int MicroOmrPerToken = 156;
    private const int ClientsAtOnce = 8;
    private const int Customers = 20;

    private readonly Dictionary<string, (long Tokens, long Requests)> used = [];

    /// <summary>
    /// Sends requests from <paramref name="first"/> on, every other one streamed, and compares each byte.
    /// </summary>
    public async Task SendAsync(int first, int count)
    {
        await Parallel.ForAsync(
            first, first + count, new ParallelOptions { MaxDegreeOfParallelism = ClientsAtOnce }, async (n, _) =>
            {
                var path = n % 2 == 0 ? "/v1/chat/completions" : "/v1/chat/completions/stream";
                await AskAsync(path, n, Customer(n), expectedStatus: 200);
            });

        for (var n = first; n < first + count; n++)
        {
            Count(n);
        }
    }

    /// <summary>Sends one request whose answer is charged, so often under the same request id.</summary>
    public async Task SendChargedAsync(string path, int n, int times = 1)
    {
        for (var time = 0; time < times; time++)
        {
            await AskAsync(path, n, Customer(n), expectedStatus: 200);
            Count(n);
        }
    }

    /// <summary>Sends one request whose answer costs nothing.</summary>
    public Task SendFreeAsync(string path, int n, int status = 200) => AskAsync(path, n, Customer(n), status);

    /// <summary>Waits until every balance is what the answers cost, and every entry is there.</summary>
    public async Task BalancesBecomeExactAsync()
    {
        foreach (var (customer, (tokens, requests)) in used)
        {
            await Eventually.BecomesAsync(
                () => system.BalanceAsync(customer),
                balance => balance?.GetProperty("balance_micro_omr").GetInt64() == -tokens * MicroOmrPerToken
                    && balance.Value.GetProperty("entries").GetInt64() == requests,
                TimeSpan.FromSeconds(60));
        }
    }

    private static string Customer(int n) => $"customer-{n % Customers}";

    private void Count(int n)
    {
        var (tokens, requests) = used.GetValueOrDefault(Customer(n));
        used[Customer(n)] = (tokens + Gateway.TokensOf(n), requests + 1);
    }

    private async Task AskAsync(string path, int n, string customer, int expectedStatus)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("X-Request-Id", $"request-{n}");
        request.Headers.Add("x-customer-id", customer);
        request.Headers.Add("x-tenant-id", "tenant-acme");
        request.Content = new StringContent("""{"stream_options":{"include_usage":true}}""");
        using var response = await system.Proxy.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(expectedStatus, path);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(Gateway.BodyOf(path, n), path);
    }
}
