using EventLedger.Testing;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>Clients on connections of their own that together send so many requests a second.</summary>
internal static class PacedLoad
{
    private const int Clients = 16;

    /// <summary>Sends at a rate for a while; each answer must be <paramref name="expected"/>.</summary>
    /// <returns>How long each of them took.</returns>
    public static async Task<Latencies> RunAsync(int port, int perSecond, TimeSpan time, string expected)
    {
        var count = (int)(perSecond * time.TotalSeconds) / Clients;
        var started = TimeProvider.System.GetTimestamp();
        var each = await Task.WhenAll(Enumerable.Range(0, Clients).Select(
            first => SendAsync(port, first, count, TimeSpan.FromSeconds(1) / perSecond, started, expected)));

        return new([.. each.SelectMany(latencies => latencies)]);
    }

    private static async Task<TimeSpan[]> SendAsync(
        int port, int first, int count, TimeSpan interval, long started, string expected)
    {
        using var client = await Client.ConnectAsync(port);
        var latencies = new TimeSpan[count];

        for (var n = 0; n < count; n++)
        {
            var due = interval * (first + ((long)n * Clients));
            var began = TimeProvider.System.GetElapsedTime(started);

            if (began < due)
            {
                await Elapse.ForAsync(due - began);
                began = TimeProvider.System.GetElapsedTime(started);
            }
            else
            {
                // A client that still waited for its last answer would have sent this one when it was due.
                began = due;
            }

            (await client.RequestAsync("/v1/embeddings")).Text.ShouldBe(expected);
            latencies[n] = TimeProvider.System.GetElapsedTime(started) - began;
        }

        return latencies;
    }
}

/// <summary>How long answers took.</summary>
internal sealed class Latencies
{
    private readonly TimeSpan[] sorted;

    /// <summary>Sorts them.</summary>
    public Latencies(TimeSpan[] latencies) => sorted = [.. latencies.Order()];

    /// <summary>How many there were.</summary>
    public int Count => sorted.Length;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Count} requests: median {At(0.5)} ms, 99th percentile {At(0.99)} ms, longest {At(1)} ms";

    private string At(double part) => $"{sorted[(int)((Count - 1) * part)].TotalMilliseconds:0.000}";
}
