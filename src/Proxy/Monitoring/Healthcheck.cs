namespace EventLedger.Proxy.Monitoring;

/// <summary><c>metering-proxy healthcheck</c>: for a container, which has no other program that could ask.</summary>
internal static class Healthcheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Gives 0 if the proxy on that port of this machine answers.</summary>
    public static async Task<int> RunAsync(int port)
    {
        // To itself, whatever proxy the environment names.
        using var direct = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(direct) { Timeout = Limit };

        try
        {
            using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/healthz"));
            answer.EnsureSuccessStatusCode();
            return 0;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"metering-proxy: nothing answers on port {port}: {failure.Message}");
            return 1;
        }
    }
}
