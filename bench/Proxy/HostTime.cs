namespace EventLedger.Proxy.Bench;

/// <summary>What the host of a virtual machine takes from it.</summary>
internal static class HostTime
{
    private const int StealColumn = 8;

    // USER_HZ, a hundred on all that .NET runs on.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The processor time that all processors wanted and didn't get since the machine started, in steps of 10 ms.
    /// <c>steal</c> in proc_stat(5).
    /// </summary>
    public static TimeSpan Stolen => Tick * long.Parse(Totals[StealColumn]);

    private static string[] Totals =>
        File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
