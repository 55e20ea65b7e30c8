using System.Diagnostics;
using System.Net.Http.Headers;

namespace EventLedger.Ledger.Bench;

/// <summary>Single requests over HTTP, each answered when it is durable, and balance reads.</summary>
internal static class RequestBench
{
    private const int Clients = 64;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private static int next;

    public static Task<Rate> ChargeAsync(RunningLedger ledger, string run, int customers) => RunAsync(async n =>
    {
        using var body = new ByteArrayContent(Envelopes.Make(run, n, customers));
        body.Headers.ContentType = Json;
        using var response = await ledger.Client.PostAsync("/billing/metering/record", body);
        response.EnsureSuccessStatusCode();
    });

    public static Task<Rate> ReadBalanceAsync(RunningLedger ledger, int customers) => RunAsync(async n =>
    {
        using var response = await ledger.Client.GetAsync(
            $"/billing/customers/{Envelopes.Customer(n * 7919 % customers, customers)}/balance");
        response.EnsureSuccessStatusCode();
    });

    private static async Task<Rate> RunAsync(Func<int, Task> request)
    {
        var latencies = new List<double>[Clients];
        var started = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(async () =>
        {
            latencies[i] = [];

            while (Stopwatch.GetElapsedTime(started) < Duration)
            {
                var began = Stopwatch.GetTimestamp();
                await request(Interlocked.Increment(ref next) & 0xFFFFF);
                latencies[i].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        })));

        return Rate.Of([.. latencies.SelectMany(l => l)], Stopwatch.GetElapsedTime(started));
    }
}
