using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace EventLedger.Proxy.Bench;

/// <summary>Sends requests at even distances over connections that stay open, each with a thread of its own.</summary>
internal sealed class PacedLoad : IDisposable
{
    private const int StackBytes = 256 * 1024;

    // Until all threads are there.
    private static readonly TimeSpan StartTime = TimeSpan.FromMilliseconds(20);

    private readonly string path;
    private readonly Socket[] sockets;

    /// <summary>Opens the connections: what that takes isn't measured.</summary>
    public PacedLoad(int port, string path, int connections)
    {
        this.path = path;
        sockets = [.. Enumerable.Range(0, connections).Select(_ => Connect(port))];
    }

    /// <summary>
    /// Runs for <paramref name="duration"/>, at <paramref name="perSecond"/> in all; the milliseconds that each request
    /// took.
    /// </summary>
    public async Task<double[]> RunAsync(TimeSpan duration, double perSecond)
    {
        var begun = Stopwatch.GetTimestamp();
        var interval = TimeSpan.FromSeconds(sockets.Length / perSecond);
        var delaysMs = await Task.WhenAll(sockets.Select((socket, n) => OnThread(() => RunOne(
            socket, new(path), begun, StartTime + duration, interval, StartTime + (interval * n / sockets.Length)))));

        return [.. delaysMs.SelectMany(each => each)];
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(sockets, socket => socket.Dispose());

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static Task<List<double>> OnThread(Func<List<double>> run)
    {
        var result = new TaskCompletionSource<List<double>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Complete(result, run), StackBytes) { IsBackground = true };
        thread.Start();
        return result.Task;
    }

    private static void Complete(TaskCompletionSource<List<double>> result, Func<List<double>> run)
    {
        try
        {
            result.SetResult(run());
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            result.SetException(failure);
        }
    }

    private static List<double> RunOne(
        Socket socket, Exchange exchange, long begun, TimeSpan end, TimeSpan interval, TimeSpan due)
    {
        var delaysMs = new List<double>();

        for (; due < end; due += interval)
        {
            Pace.SleepUntil(begun, due);
            socket.Send(exchange.Request);

            while (!exchange.IsWholeAfter(socket.Receive(exchange.Room.Span)))
            {
            }

            // From when it was due: what waits behind a slow answer was slow as well.
            delaysMs.Add((Stopwatch.GetElapsedTime(begun) - due).TotalMilliseconds);
        }

        return delaysMs;
    }
}
