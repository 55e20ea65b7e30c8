using EventLedger.Embedded.Examples;
using EventLedger.Embedded.Processes;
using EventLedger.Embedded.Supervision;
using Microsoft.Extensions.Logging;

namespace EventLedger.Embedded.Running;

/// <summary>All that <c>./run</c> runs: servers, ledger and proxy, started in order, stopped in reverse.</summary>
internal sealed class LocalSystem : IAsyncDisposable
{
    private readonly RunOptions options;
    private readonly RunLayout layout;
    private readonly ILoggerFactory logging;
    private readonly string data;
    private readonly Stack<IAsyncDisposable> opened = [];

    private LocalSystem(RunOptions options, RunLayout layout, ILoggerFactory logging)
    {
        this.options = options;
        this.layout = layout;
        this.logging = logging;
        data = options.DataFolder ?? layout.DataFolder;
        Supervisor = new(TimeProvider.System, logging.CreateLogger<Supervisor>());
    }

    /// <summary>Keeps the children running.</summary>
    public Supervisor Supervisor { get; }

    /// <summary>Where clients send their requests.</summary>
    public Uri ProxyUrl { get; private set; } = null!;

    /// <summary>Where the ledger answers.</summary>
    public Uri LedgerUrl { get; private set; } = null!;

    /// <summary>An operator's token.</summary>
    public string Token { get; private set; } = "";

    /// <summary>What a caller needs to use it all, on one line.</summary>
    public string ReadyLine { get; private set; } = "";

    /// <summary>Starts everything; returns once all of it answers.</summary>
    public static async Task<LocalSystem> StartAsync(
        RunOptions options, RunLayout layout, ILoggerFactory logging, CancellationToken cancellation)
    {
        var system = new LocalSystem(options, layout, logging);

        try
        {
            await system.StartAllAsync(cancellation);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops everything.</summary>
    public async ValueTask DisposeAsync()
    {
        // The supervisor first: it would start again what is stopped below it.
        await Supervisor.DisposeAsync();

        while (opened.TryPop(out var one))
        {
            await one.DisposeAsync();
        }
    }

    private async Task StartAllAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(data);
        var secret = JwtSecret.Ensure(data, Environment.GetEnvironmentVariable);

        var servers = Open(new EmbeddedServers(data));
        await servers.StartAsync(options.PostgresPort, options.NatsPort, Supervisor, logging, cancellation);
        LedgerUrl = await StartLedgerAsync(servers, secret, cancellation);
        ProxyUrl = await StartProxyAsync(servers.NatsUrl, await UpstreamUrlAsync(cancellation), cancellation);
        Token = await MakeTokenAsync(secret, cancellation);

        ReadyLine = $"ready proxy={Base(ProxyUrl)} ledger={Base(LedgerUrl)} nats={servers.NatsUrl} "
            + $"database={servers.DatabaseUrl} token={Token}";
    }

    private Task<Uri> StartLedgerAsync(
        EmbeddedServers servers, IReadOnlyDictionary<string, string> secret, CancellationToken cancellation)
    {
        var environment = new Dictionary<string, string>(secret)
        {
            ["DATABASE_URL"] = servers.DatabaseUrl,
            ["NATS_URL"] = servers.NatsUrl,
            ["LEDGER_PORT"] = $"{options.LedgerPort}",
        };

        var command = Program("ledger", layout.Ledger, "serve") with { Environment = environment };
        var ledger = new WebProgram(command, options.LedgerPort, "LEDGER_PORT", "/readyz", LogFile("ledger"));
        return StartWebAsync(ledger, cancellation);
    }

    private Task<Uri> StartProxyAsync(string natsUrl, Uri upstream, CancellationToken cancellation)
    {
        var environment = new Dictionary<string, string>
        {
            ["NATS_URL"] = natsUrl,
            ["NEWAPI_UPSTREAM_URL"] = Base(upstream),
            ["LISTEN_PORT"] = $"{options.ProxyPort}",
            ["SPOOL_DIR"] = Path.Combine(data, "spool"),
            [FirstGeneration.Variable] = FirstGeneration.Bytes,
        };

        var command = Program("proxy", layout.Proxy) with { Environment = environment };
        var proxy = new WebProgram(command, options.ProxyPort, "PROXY_PORT", "/healthz", LogFile("proxy"));
        return StartWebAsync(proxy, cancellation);
    }

    private async Task<Uri> StartWebAsync(WebProgram program, CancellationToken cancellation)
    {
        Open(program);
        await Supervisor.StartAsync(new(program.Name, program.LaunchAsync), cancellation);
        return program.Url;
    }

    private async Task<Uri> UpstreamUrlAsync(CancellationToken cancellation)
    {
        if (options.Upstream is { } given)
        {
            return given;
        }

        await Ports.EnsureFreeAsync(options.UpstreamPort, "UPSTREAM_PORT", cancellation);
        Open(await ExampleUpstream.StartAsync(options.UpstreamPort, cancellation));
        return new($"http://127.0.0.1:{options.UpstreamPort}");
    }

    private async Task<string> MakeTokenAsync(
        IReadOnlyDictionary<string, string> secret, CancellationToken cancellation)
    {
        string[] arguments = ["token", "--role", "superadmin", "--subject", "operator", "--ttl", "24h"];
        var command = Program("ledger token", layout.Ledger, arguments) with { Environment = secret };
        return (await OneShot.MustRunAsync(command, cancellation)).Trim();
    }

    // In its own folder: a program takes settings files from the folder that it starts in.
    private static ChildCommand Program(string name, string program, params IReadOnlyList<string> arguments) =>
        new(name, Programs.Dotnet(), [program, .. arguments]) { WorkingFolder = Path.GetDirectoryName(program) };

    private static string Base(Uri url) => url.ToString().TrimEnd('/');

    private string LogFile(string name) => EmbeddedServers.LogFile(data, name);

    private T Open<T>(T one)
        where T : IAsyncDisposable
    {
        opened.Push(one);
        return one;
    }
}
