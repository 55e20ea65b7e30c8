using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

/// <summary>A TCP proxy that cuts, swallows, stalls, throttles and splits what passes through it.</summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private const int BufferBytes = 16 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, FreePort.Next());
    private readonly ConcurrentDictionary<int, Connection> connections = new();
    private readonly CancellationTokenSource closing = new();
    private readonly int serverPort;
    private readonly Task accepting;
    private int accepted;
    private volatile bool isSwallowing;
    private volatile bool isDeaf;
    private volatile bool isStalled;
    private volatile bool isRefusing;
    private volatile int pieceBytes = BufferBytes;
    private volatile int bytesPerSecond = int.MaxValue;

    public FaultyProxy(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Url => $"nats://{listener.LocalEndpoint}";

    /// <summary>Passes nothing that the server says.</summary>
    public void SwallowFromServer() => isSwallowing = true;

    /// <summary>Passes nothing that the client says.</summary>
    public void SwallowFromClient() => isDeaf = true;

    /// <summary>Passes nothing, either way, and ends nothing: a connection that is half open.</summary>
    public void Stall() => isStalled = true;

    /// <summary>Takes no further connection.</summary>
    public void Refuse() => isRefusing = true;

    /// <summary>Passes bytes in pieces of this size.</summary>
    public void Split(int bytes) => pieceBytes = bytes;

    public void Throttle(int bytes) => bytesPerSecond = bytes;

    /// <summary>Ends all connections, in the middle of whatever they were saying.</summary>
    public void CutAll()
    {
        foreach (var number in connections.Keys)
        {
            if (connections.TryRemove(number, out var connection))
            {
                connection.Dispose();
            }
        }
    }

    public void Heal()
    {
        isSwallowing = false;
        isDeaf = false;
        isStalled = false;
        isRefusing = false;
        pieceBytes = BufferBytes;
        bytesPerSecond = int.MaxValue;
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Dispose();
        CutAll();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptSocketAsync(closing.Token);

                if (isRefusing)
                {
                    client.Close(0);
                    continue;
                }

                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        using var connection = new Connection(client, server);
        var number = Interlocked.Increment(ref accepted);
        connections[number] = connection;

        try
        {
            await server.ConnectAsync(IPAddress.Loopback, serverPort, closing.Token);
            await Task.WhenAny(
                PassAsync(client, server, fromServer: false), PassAsync(server, client, fromServer: true));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server is away, or the connection was cut.
        }

        connections.TryRemove(number, out _);
    }

    private async Task PassAsync(Socket from, Socket to, bool fromServer)
    {
        var buffer = new byte[BufferBytes];

        try
        {
            while (await from.ReceiveAsync(buffer.AsMemory(0, pieceBytes), closing.Token) is > 0 and var count)
            {
                while (isStalled)
                {
                    await Elapse.ForAsync(5, closing.Token);
                }

                if (!(fromServer ? isSwallowing : isDeaf))
                {
                    await to.SendAsync(buffer.AsMemory(0, count), closing.Token);
                }

                if (bytesPerSecond < int.MaxValue)
                {
                    await Elapse.ForAsync(TimeSpan.FromSeconds((double)count / bytesPerSecond), closing.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private sealed class Connection(Socket client, Socket server) : IDisposable
    {
        public void Dispose()
        {
            // Without lingering it is a reset: whatever was not delivered is gone.
            client.Close(0);
            server.Close(0);
        }
    }
}
