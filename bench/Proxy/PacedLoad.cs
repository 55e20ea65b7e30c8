using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EventLedger.Proxy.Bench;

/// <summary>
/// Sends requests at even distances over connections that stay open. Each has a thread that sleeps to the microsecond:
/// timers of milliseconds would send what is due within one all at once, and measure how long that takes to clear.
/// </summary>
internal static class PacedLoad
{
    private const int StackBytes = 256 * 1024;

    /// <summary>Runs for <paramref name="duration"/>, at <paramref name="perSecond"/> in all.</summary>
    public static async Task<LoadResult> RunAsync(
        int port, string path, int connections, TimeSpan duration, double perSecond)
    {
        var begun = Stopwatch.GetTimestamp();
        var interval = TimeSpan.FromSeconds(connections / perSecond);
        var latencies = await Task.WhenAll(Enumerable.Range(0, connections).Select(
            n => OnThread(() => RunOne(port, new(path), begun, duration, interval, interval * n / connections))));

        return LoadResult.Of(latencies, Stopwatch.GetElapsedTime(begun));
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
        int port, Exchange exchange, long begun, TimeSpan duration, TimeSpan interval, TimeSpan due)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        socket.Connect(IPAddress.Loopback, port);
        var latencies = new List<double>();

        for (; due < duration; due += interval)
        {
            SleepUntil(begun, due);
            socket.Send(exchange.Request);

            while (!exchange.IsWholeAfter(socket.Receive(exchange.Room.Span)))
            {
            }

            // From when it was due: what waits behind a slow answer was slow as well.
            latencies.Add((Stopwatch.GetElapsedTime(begun) - due).TotalMilliseconds);
        }

        return latencies;
    }

    private static void SleepUntil(long begun, TimeSpan due)
    {
        if (due - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } wait)
        {
            _ = Sleep((uint)wait.TotalMicroseconds);
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int Sleep(uint micros);
}
