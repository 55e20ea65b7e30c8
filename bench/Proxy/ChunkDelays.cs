using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventLedger.Proxy.Bench;

/// <summary>
/// Measures how long single chunks of streams are on their way: the upstream writes its time into each, and the clock
/// is the same for all processes of a machine.
/// </summary>
internal static class ChunkDelays
{
    /// <summary>Where the upstream sends such chunks, at a pace of its own.</summary>
    public const string Path = "/v1/messages";

    /// <summary>How many streams there are at once.</summary>
    public const int Streams = 64;

    /// <summary>What stands before the time in each chunk.</summary>
    public const string TimeMark = "\"sent\":";

    private static readonly byte[] MarkBytes = Encoding.ASCII.GetBytes(TimeMark);
    private static readonly byte[] BodyEnd = "0\r\n\r\n"u8.ToArray();

    /// <summary>Reads so many streams, each on a connection of its own; the delays in milliseconds.</summary>
    public static async Task<double[]> MeasureAsync(int port)
    {
        var delays = await Task.WhenAll(
            Enumerable.Range(0, Streams).Select(_ => Task.Run(() => ReadOneAsync(port))));
        return [.. delays.SelectMany(each => each)];
    }

    private static async Task<List<double>> ReadOneAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {Path} HTTP/1.1\r\nHost: x\r\nx-customer-id: c\r\nContent-Length: 2\r\n\r\n{{}}"));
        var buffer = new byte[64 * 1024];
        var delays = new List<double>();

        while (await socket.ReceiveAsync(buffer) is > 0 and var read)
        {
            Note(buffer.AsSpan(0, read), Stopwatch.GetTimestamp(), delays);

            if (buffer.AsSpan(0, read).EndsWith(BodyEnd))
            {
                return delays;
            }
        }

        throw new IOException("The connection ended.");
    }

    private static void Note(ReadOnlySpan<byte> chunks, long now, List<double> delays)
    {
        while (chunks.IndexOf(MarkBytes) is >= 0 and var mark)
        {
            chunks = chunks[(mark + MarkBytes.Length)..];

            if (Utf8Parser.TryParse(chunks, out long sent, out _))
            {
                delays.Add(Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds);
            }
        }
    }
}
