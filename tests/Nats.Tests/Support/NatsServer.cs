using System.Diagnostics;
using System.Runtime.InteropServices;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

/// <summary>A real nats-server with a store of its own.</summary>
internal sealed class NatsServer : IAsyncDisposable
{
    private const int StartAttemptsMax = 10;
    private static readonly string Program = FindProgram();

    private readonly string folder;
    private string configuration;
    private string jetStreamLimits = "";
    private Process process;

    private NatsServer(string folder, string configuration, int port, Process process)
    {
        this.folder = folder;
        this.configuration = configuration;
        this.process = process;
        Port = port;
    }

    public int Port { get; }

    public string Url => $"nats://127.0.0.1:{Port}";

    public int ProcessId => process.Id;

    private string LogPath => Path.Combine(folder, "log");

    /// <summary>Starts a server with JetStream.</summary>
    /// <param name="configuration">Further lines of the configuration file.</param>
    public static async Task<NatsServer> StartAsync(string configuration = "")
    {
        var store = Directory.CreateTempSubdirectory("nats-tests-").FullName;

        for (var attempt = 1; attempt <= StartAttemptsMax; attempt++)
        {
            var port = FreePort.Next();
            var server = new NatsServer(store, configuration, port, Launch(store, configuration, port));

            if (await server.IsReadyAsync())
            {
                return server;
            }
        }

        throw new InvalidOperationException(await File.ReadAllTextAsync(Path.Combine(store, "log")));
    }

    public void Signal(PosixSignalNumber signal) => Kill(process.Id, (int)signal).ShouldBe(0);

    public async Task KillAsync()
    {
        Signal(PosixSignalNumber.Kill);
        await process.WaitForExitAsync();
    }

    public async Task StopAsync()
    {
        Signal(PosixSignalNumber.Terminate);
        await process.WaitForExitAsync();
    }

    public async Task RestartAsync(bool wipeStore = false)
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        if (wipeStore)
        {
            Directory.Delete(Path.Combine(folder, "store"), recursive: true);
        }

        process = Launch(folder, configuration, Port, jetStreamLimits);
        (await IsReadyAsync()).ShouldBeTrue();
    }

    /// <summary>Starts again with another configuration and the same store.</summary>
    public Task ReconfigureAsync(string changed)
    {
        configuration = changed;
        return RestartAsync();
    }

    /// <summary>Starts again with a limit to what JetStream may keep on disk.</summary>
    public Task LimitFilesAsync(int megabytes)
    {
        jetStreamLimits = $", max_file_store: {megabytes}MB";
        return RestartAsync();
    }

    public async Task<string> IdAsync()
    {
        await using var connection = Broker.Connect(Url);
        await connection.WaitConnectedAsync(CancellationToken.None);
        return connection.Server!.ServerId;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static Process Launch(string folder, string configuration, int port, string limits = "")
    {
        var file = Path.Combine(folder, "nats.conf");
        File.Delete(Path.Combine(folder, "log"));
        File.WriteAllText(
            file,
            $$"""
            host: 127.0.0.1
            port: {{port}}
            log_file: "{{folder}}/log"
            jetstream { store_dir: "{{folder}}/store"{{limits}} }
            {{configuration}}
            """);
        return ChildProcesses.Start(Program, "-c", file);
    }

    private async Task<bool> IsReadyAsync()
    {
        while (!process.HasExited)
        {
            if (File.Exists(LogPath) && (await File.ReadAllTextAsync(LogPath)).Contains("Server is ready"))
            {
                return true;
            }

            await Elapse.ForAsync(5);
        }

        return false;
    }

    private static string FindProgram() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':')
        .Append("/usr/sbin")
        .Select(directory => Path.Combine(directory, "nats-server"))
        .First(File.Exists);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}

internal enum PosixSignalNumber
{
    Kill = 9,
    User2 = 12,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
