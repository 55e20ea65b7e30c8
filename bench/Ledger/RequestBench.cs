using System.Diagnostics;
using System.Text;

namespace EventLedger.Ledger.Bench;

/// <summary>Single requests over HTTP, each answered when it is durable, and balance reads.</summary>
internal static class RequestBench
{
    private const int Clients = 64;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    private static int next;

    public static Task<Rate> ChargeAsync(RunningLedger ledger, string run, int customers) => RunAsync(
        ledger,
        (client, n) => client.PostJsonAsync(
            "/billing/metering/record", Encoding.ASCII.GetString(Envelopes.Make(run, n, customers))));

    public static Task<Rate> ReadBalanceAsync(RunningLedger ledger, int customers) => RunAsync(
        ledger,
        (client, n) => client.GetAsync(
            $"/billing/customers/{Envelopes.Customer((int)(n * 7919L % customers), customers)}/balance"));

    private static async Task<Rate> RunAsync(RunningLedger ledger, Func<RawClient, int, Task> request)
    {
        var latencies = new List<double>[Clients];
        var started = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(async () =>
        {
            latencies[i] = [];
            using var client = await RawClient.ConnectAsync(ledger.Client.BaseAddress!, ledger.Token);

            while (Stopwatch.GetElapsedTime(started) < Duration)
            {
                var began = Stopwatch.GetTimestamp();
                await request(client, Interlocked.Increment(ref next));
                latencies[i].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        })));

        return Rate.Of([.. latencies.SelectMany(l => l)], Stopwatch.GetElapsedTime(started));
    }
}
