using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EventLedger.Proxy.Bench;

/// <summary>
/// Sleeps to the microsecond. Timers of milliseconds would have what is due within one happen all at once, and measure
/// how long that takes to clear.
/// </summary>
internal static class Pace
{
    /// <summary>Returns when <paramref name="due"/> has passed since the timestamp <paramref name="begun"/>.</summary>
    public static void SleepUntil(long begun, TimeSpan due)
    {
        if (due - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } wait)
        {
            _ = Sleep((uint)wait.TotalMicroseconds);
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int Sleep(uint micros);
}
