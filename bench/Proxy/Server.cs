using System.Diagnostics;
using System.Net.Sockets;
using EventLedger.Embedded.Running;
using EventLedger.Testing;

namespace EventLedger.Proxy.Bench;

/// <summary>One server of the comparison: a child process on a port.</summary>
internal sealed class Server : IDisposable
{
    private readonly Process process;

    private Server(string name, int port, Process process, bool isCompiledAsItRuns = true) =>
        (Name, Port, this.process, IsCompiledAsItRuns) = (name, port, process, isCompiledAsItRuns);

    /// <summary>What the table calls it.</summary>
    public string Name { get; }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Whether it has to run for a while before it is as fast as it gets.</summary>
    public bool IsCompiledAsItRuns { get; }

    /// <summary>The processor time that it has used, its children's included.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>The processor time of each of its threads that compile.</summary>
    public Dictionary<string, TimeSpan> Compiling => CompilerTime.ThreadsOf(process.Id);

    /// <summary>The processor that what is compared runs on; null for all.</summary>
    public static int? Own { get; set; }

    /// <summary>Starts the upstream.</summary>
    public static Server StartUpstream(int port) =>
        new("upstream", port, Start("dotnet", [Self, "upstream", $"{port}"]));

    /// <summary>Starts what is compared: bare YARP first, and nginx where it is installed.</summary>
    public static Server[] StartCompared(int upstream, string natsUrl)
    {
        Server[] both = [StartBare(FreePort.Next(), upstream), StartProxy(FreePort.Next(), upstream, natsUrl)];
        return StartNginx(FreePort.Next(), upstream) is { } nginx ? [.. both, nginx] : both;
    }

    /// <summary>Whether it takes connections.</summary>
    public async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private static Server StartBare(int port, int upstream) =>
        new("bare", port, StartOnOwn("dotnet", [Self, "bare", $"{port}", $"http://127.0.0.1:{upstream}"]));

    private static Server StartProxy(int port, int upstream, string natsUrl) => new("proxy", port, StartOnOwn(
        "dotnet",
        [Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, ProxyPath))],
        ("NATS_URL", natsUrl),
        ("NEWAPI_UPSTREAM_URL", $"http://127.0.0.1:{upstream}"),
        ("LISTEN_PORT", $"{port}"),
        ("SPOOL_DIR", TestFolder.Make("spool")),
        (FirstGeneration.Variable, FirstGeneration.Bytes)));

    // As a plain reverse proxy; null where it isn't installed.
    private static Server? StartNginx(int port, int upstream)
    {
        const string Nginx = "/usr/sbin/nginx";

        if (!File.Exists(Nginx))
        {
            return null;
        }

        var folder = TestFolder.Make("nginx");
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), $$"""
            daemon off; master_process off; worker_processes 1; pid {{folder}}/pid; error_log stderr crit;
            events { worker_connections 4096; }
            http {
              access_log off; proxy_buffering off;
              upstream gateway { server 127.0.0.1:{{upstream}}; keepalive 256; keepalive_requests 1000000000; }
              server {
                listen {{port}};
                keepalive_requests 1000000000;
                location / { proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection ""; }
              }
            }
            """);
        return new(
            "nginx",
            port,
            StartOnOwn(Nginx, ["-p", folder, "-c", Path.Combine(folder, "nginx.conf")]),
            isCompiledAsItRuns: false);
    }

    private static string ProxyPath =>
        $"../../../../../src/Proxy/bin/{Configuration}/net10.0/metering-proxy.dll";

    private static string Configuration =>
        Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!);

    private static string Self => typeof(Server).Assembly.Location;

    private static Process StartOnOwn(
        string file, string[] arguments, params (string Name, string Value)[] environment) =>
        Own is null
            ? Start(file, arguments, environment)
            : Start("taskset", ["-c", $"{Own}", file, .. arguments], environment);

    private static Process Start(string file, string[] arguments, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        var started = Process.Start(info)!;
        started.OutputDataReceived += (_, _) => { };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }
}
