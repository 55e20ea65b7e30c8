using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventLedger.Proxy.Bench;

/// <summary>What one run of load measured.</summary>
internal sealed record LoadResult(double PerSecond, double MedianMs, double P99Ms);

/// <summary>Sends one request again and again over connections that stay open.</summary>
internal static class Load
{
    private static readonly byte[] ChunksEnd = "\r\n0\r\n\r\n"u8.ToArray();

    /// <summary>As fast as answers come, or at <paramref name="perSecond"/> in all.</summary>
    public static async Task<LoadResult> RunAsync(
        int port, string path, int connections, TimeSpan duration, double perSecond = double.PositiveInfinity)
    {
        const string Body = """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""";
        var request = Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nx-customer-id: c\r\nx-tenant-id: t\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        var begun = Stopwatch.GetTimestamp();
        var interval = TimeSpan.FromSeconds(connections / perSecond);
        var latencies = await Task.WhenAll(Enumerable.Range(0, connections).Select(n => Task.Run(
            () => RunOneAsync(port, request, begun, duration, interval, interval * n / connections))));
        var elapsed = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var all = latencies.SelectMany(each => each).Order().ToArray();

        return new(all.Length / elapsed, all[all.Length / 2], all[all.Length * 99 / 100]);
    }

    private static async Task<List<double>> RunOneAsync(
        int port, byte[] request, long begun, TimeSpan duration, TimeSpan interval, TimeSpan offset)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var buffer = new byte[128 * 1024];
        var latencies = new List<double>();
        var length = 0;

        while (Stopwatch.GetElapsedTime(begun) < duration)
        {
            var wait = offset + (interval * latencies.Count) - Stopwatch.GetElapsedTime(begun);

            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }

            var sent = Stopwatch.GetTimestamp();
            await socket.SendAsync(request);
            length = await ReceiveAsync(socket, buffer, length);
            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return latencies;
    }

    // The first answer tells its length, which all later ones of a declared length share.
    private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer, int length)
    {
        var received = 0;

        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(received));

            if (read == 0)
            {
                throw new IOException("The connection ended.");
            }

            received += read;

            if (length == 0 && received > 0)
            {
                length = WholeLength(buffer.AsSpan(0, received));
            }

            if (length > 0 ? received >= length : buffer.AsSpan(0, received).EndsWith(ChunksEnd))
            {
                return Math.Max(length, -1);
            }
        }
    }

    private static int WholeLength(ReadOnlySpan<byte> answer)
    {
        var head = Encoding.ASCII.GetString(answer[..answer.IndexOf("\r\n\r\n"u8)]);
        var declared = head.Split("\r\n").FirstOrDefault(
            line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));

        return head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
            ? declared is null ? -1 : head.Length + 4 + int.Parse(declared.Split(':')[1])
            : throw new IOException(head);
    }
}
