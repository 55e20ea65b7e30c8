using System.Net;
using System.Net.Sockets;
using EventLedger.Embedded.Processes;

namespace EventLedger.Embedded.Nats;

/// <summary>A nats-server of our own: JetStream with file storage in its own folder, loopback only, no login.</summary>
public sealed class PrivateNats : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);

    private readonly NatsOptions options;
    private readonly IDisposable folderLock;

    private PrivateNats(NatsOptions options, IDisposable folderLock)
    {
        this.options = options;
        this.folderLock = folderLock;
    }

    /// <summary>The running server, or the last one that ran.</summary>
    public ChildProcess? Process { get; private set; }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port => options.Port;

    /// <summary>Where clients connect.</summary>
    public string Url => $"nats://127.0.0.1:{Port}";

    /// <summary>Starts the server and waits until it answers.</summary>
    public static async Task<PrivateNats> StartAsync(NatsOptions options, CancellationToken cancellation)
    {
        var nats = await OpenAsync(options, cancellation);

        try
        {
            await nats.LaunchAsync(cancellation);
            return nats;
        }
        catch
        {
            await nats.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes the folder, without starting a server yet.</summary>
    public static async Task<PrivateNats> OpenAsync(NatsOptions options, CancellationToken cancellation)
    {
        var absolute = options with { Folder = Path.GetFullPath(options.Folder) };
        return new(absolute, await FolderLock.TakeAsync(absolute.Folder, cancellation));
    }

    /// <summary>Starts the server, on the streams that it kept before, and waits until it answers.</summary>
    public async Task<ChildProcess> LaunchAsync(CancellationToken cancellation)
    {
        var program = Programs.NatsServer();
        var settingsFile = Path.Combine(options.Folder, "nats-server.conf");
        await EndAsync();
        await Ports.EnsureFreeAsync(Port, options.PortSetting, cancellation);
        await File.WriteAllTextAsync(settingsFile, Compose(options), cancellation);

        Process = await ChildProcess.StartAsync(
            new("nats-server", program, "--config", settingsFile) { WorkingFolder = options.Folder },
            options.LogFile ?? Path.Combine(options.Folder, "nats-server.log"));

        await WaitUntilItAnswersAsync(Process, cancellation);
        return Process;
    }

    /// <summary>Stops the server and lets go of the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        folderLock.Dispose();
    }

    /// <summary>The settings file.</summary>
    internal static string Compose(NatsOptions options) => $$"""
        # Rewritten at every start.
        listen: "127.0.0.1:{{options.Port}}"
        server_name: "eventledger"
        jetstream { store_dir: "{{options.Folder}}/store" }
        {{options.Settings}}

        """;

    private ValueTask EndAsync() => Process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task WaitUntilItAnswersAsync(ChildProcess server, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; waited < StartLimit; waited += ProbeInterval)
        {
            if (await AnswersAsync(cancellation))
            {
                return;
            }

            if (await Task.WhenAny(server.Exited, Task.Delay(ProbeInterval, cancellation)) == server.Exited)
            {
                break;
            }
        }

        throw new EmbeddedException($"nats-server does not start. It says: {server.LastWords}");
    }

    // The server speaks first, and only once its streams are recovered.
    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellation);
            return await client.GetStream().ReadAsync(new byte[1], cancellation) == 1;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
