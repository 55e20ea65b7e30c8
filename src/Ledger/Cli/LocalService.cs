namespace EventLedger.Ledger.Cli;

/// <summary>The service of this machine, asked directly, whatever proxy the environment names.</summary>
internal static class LocalService
{
    /// <summary>A client whose requests end after <paramref name="limit"/>; the caller disposes of it.</summary>
    public static HttpClient Open(int port, TimeSpan limit) =>
        new(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = limit,
        };
}
