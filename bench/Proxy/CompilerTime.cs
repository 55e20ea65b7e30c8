namespace EventLedger.Proxy.Bench;

/// <summary>What the runtime takes to compile anew what a process has run often.</summary>
internal static class CompilerTime
{
    // ".NET Tiered Compilation Worker": the kernel keeps 15 bytes of a thread's name.
    private const string ThreadName = ".NET Tiered Com";

    /// <summary>
    /// The processor time that each such thread of a process has taken, by its id; they end when they are idle.
    /// <c>/proc/pid/task/tid/schedstat</c> in proc_pid_schedstat(5).
    /// </summary>
    public static Dictionary<string, TimeSpan> ThreadsOf(int process) => Directory
        .EnumerateDirectories($"/proc/{process}/task")
        .Select(thread => (Id: Path.GetFileName(thread), Time: TimeOf(thread)))
        .Where(thread => thread.Time > TimeSpan.Zero)
        .ToDictionary(thread => thread.Id, thread => thread.Time);

    /// <summary>What they have taken since an earlier look.</summary>
    public static TimeSpan Since(Dictionary<string, TimeSpan> before, Dictionary<string, TimeSpan> now) =>
        now.Aggregate(
            TimeSpan.Zero, (sum, thread) => sum + thread.Value - before.GetValueOrDefault(thread.Key));

    private static TimeSpan TimeOf(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/comm").TrimEnd() == ThreadName
                ? TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0]) / 1000)
                : TimeSpan.Zero;
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return TimeSpan.Zero;
        }
    }
}
