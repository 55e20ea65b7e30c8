using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace EventLedger.Proxy.Bench;

/// <summary>Sends one request again and again over connections that stay open, as fast as answers come.</summary>
internal static class Load
{
    /// <summary>Runs for <paramref name="duration"/>; the milliseconds that each request took.</summary>
    public static async Task<double[]> RunAsync(int port, string path, int connections, TimeSpan duration)
    {
        var begun = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, connections).Select(
            _ => Task.Run(() => RunOneAsync(port, new(path), begun, duration))));

        return [.. latencies.SelectMany(each => each)];
    }

    private static async Task<List<double>> RunOneAsync(int port, Exchange exchange, long begun, TimeSpan duration)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var latencies = new List<double>();

        while (Stopwatch.GetElapsedTime(begun) < duration)
        {
            var sent = Stopwatch.GetTimestamp();
            await socket.SendAsync(exchange.Request);

            while (!exchange.IsWholeAfter(await socket.ReceiveAsync(exchange.Room)))
            {
            }

            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return latencies;
    }
}
