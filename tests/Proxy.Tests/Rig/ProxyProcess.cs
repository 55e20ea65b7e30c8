using EventLedger.Embedded.Processes;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>The proxy as a process of its own.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private readonly ChildProcess process;

    private ProxyProcess(ChildProcess process, int port) => (this.process, Port) = (process, port);

    /// <summary>The port it listens on.</summary>
    public int Port { get; }

    /// <summary>Its exit code, when it has ended.</summary>
    public Task<int> Exited => process.Exited;

    /// <summary>The end of what it printed.</summary>
    public string LastWords => process.LastWords;

    /// <summary>The memory that it has resident, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            using var found = System.Diagnostics.Process.GetProcessById(process.Id);
            return found.WorkingSet64;
        }
    }

    /// <summary>The names of its threads.</summary>
    public IEnumerable<string> ThreadNames => Directory.GetDirectories($"/proc/{process.Id}/task")
        .Select(thread => File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd());

    private static string Program => Path.Combine(AppContext.BaseDirectory, "metering-proxy.dll");

    /// <summary>Starts it, and waits until it answers or ends.</summary>
    public static Task<ProxyProcess> StartAsync(
        Upstream upstream, string natsUrl, string spoolFolder, params (string Name, string Value)[] settings) =>
        StartAsync(new("proxy", "dotnet", Program), upstream, natsUrl, spoolFolder, settings);

    /// <summary>Starts it with an output that nobody reads.</summary>
    public static Task<ProxyProcess> StartUnreadAsync(Upstream upstream, string natsUrl, string spoolFolder) =>
        StartAsync(
            new("proxy", "sh", "-c", "mkfifo $1/out && exec dotnet $0 <>$1/out >&0 2>&0", Program,
                TestFolder.Make("unread")),
            upstream, natsUrl, spoolFolder, []);

    /// <summary>Sends a signal.</summary>
    public void Send(Signal signal) => process.Send(signal);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        process.Send(Signal.Kill);
        return process.DisposeAsync();
    }

    private static async Task<ProxyProcess> StartAsync(
        ChildCommand command,
        Upstream upstream,
        string natsUrl,
        string spoolFolder,
        (string Name, string Value)[] settings)
    {
        var port = FreePort.Next();
        var environment = new Dictionary<string, string>
        {
            ["NATS_URL"] = natsUrl,
            ["NEWAPI_UPSTREAM_URL"] = upstream.Url,
            ["LISTEN_PORT"] = $"{port}",
            ["SPOOL_DIR"] = spoolFolder,
        };

        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var started = await ChildProcess.StartAsync(
            command with { Environment = environment }, Path.Combine(TestFolder.Make("proxy"), "log"));
        await Eventually.HoldsAsync(async () => started.Exited.IsCompleted || await AnswersAsync(port));
        return new(started, port);
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            return (await Client.SendOnceAsync(port, "/healthz", "", method: "GET")).Status == 200;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
