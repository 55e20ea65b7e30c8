using EventLedger.Embedded;
using EventLedger.Embedded.Nats;
using EventLedger.Embedded.Processes;

namespace EventLedger.Testing;

/// <summary>A real nats-server with JetStream, of one test, that can be killed and started again.</summary>
public sealed class TestNats : IAsyncDisposable
{
    private const int PortTriesMax = 5;

    private readonly string folder;
    private PrivateNats server;

    private TestNats(PrivateNats server, string folder)
    {
        this.server = server;
        this.folder = folder;
    }

    /// <summary>Where clients connect.</summary>
    public string Url => server.Url;

    /// <summary>The port on 127.0.0.1, the same after a restart.</summary>
    public int Port => server.Port;

    /// <summary>The process that runs now, or ran last.</summary>
    public ChildProcess Process => server.Process!;

    /// <summary>Starts a server with an empty store; the settings are further lines of its settings file.</summary>
    public static async Task<TestNats> StartAsync(string settings = "")
    {
        for (var tries = 1; ; tries++)
        {
            var store = TestFolder.Make("nats");

            try
            {
                return new(await StartAsync(store, FreePort.Next(), settings), store);
            }
            catch (EmbeddedException) when (tries < PortTriesMax)
            {
                // Another test process took the port since we looked.
            }
        }
    }

    /// <summary>Ends it as a crash does, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Process.Send(Signal.Kill);
        await Process.Exited;
    }

    /// <summary>Stops it in order, and waits until it is gone.</summary>
    public Task StopAsync() => Process.StopAsync(TimeSpan.FromSeconds(10));

    /// <summary>Starts it again on the same port and store, after a kill or a stop.</summary>
    public Task RestartAsync() => server.LaunchAsync(CancellationToken.None);

    /// <summary>Starts it again on the same port and store, with other settings.</summary>
    public async Task RestartAsync(string settings)
    {
        await server.DisposeAsync();
        server = await StartAsync(folder, Port, settings);
    }

    /// <summary>Removes what it has stored, while it doesn't run.</summary>
    public void WipeStore() => Directory.Delete(Path.Combine(folder, "store"), recursive: true);

    /// <summary>Stops it and removes its store.</summary>
    public async ValueTask DisposeAsync()
    {
        // A server that a test has paused can't stop.
        Process.Send(Signal.Kill);
        await server.DisposeAsync();
        TestFolder.Remove(folder);
    }

    private static Task<PrivateNats> StartAsync(string folder, int port, string settings) => PrivateNats.StartAsync(
        new NatsOptions { Folder = folder, Port = port, Settings = settings }, CancellationToken.None);
}
