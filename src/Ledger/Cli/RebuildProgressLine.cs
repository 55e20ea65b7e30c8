using EventLedger.Projections.Rebuilding;

namespace EventLedger.Ledger.Cli;

/// <summary>How far a rebuild is, on one line of a terminal: a bar, the rate, and the time left.</summary>
/// <param name="name">What is rebuilt.</param>
/// <param name="time">Measures the rate.</param>
/// <param name="terminal">Where the line is written, again and again.</param>
internal sealed class RebuildProgressLine(string name, TimeProvider time, TextWriter terminal)
    : IProgress<RebuildProgress>
{
    private const int BarWidth = 24;

    private readonly Lock writing = new();
    private readonly long started = time.GetTimestamp();
    private int width;

    /// <inheritdoc/>
    public void Report(RebuildProgress value)
    {
        lock (writing)
        {
            Write(Describe(name, value, time.GetElapsedTime(started)));
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        lock (writing)
        {
            Write("");
            terminal.Write('\r');
        }
    }

    /// <summary>The line's text.</summary>
    internal static string Describe(string name, RebuildProgress progress, TimeSpan elapsed)
    {
        // Events may have come in since the goal was set.
        var share = progress.Goal == 0 ? 1m : Math.Min(1m, (decimal)progress.Done / progress.Goal);
        var full = (int)(share * BarWidth);
        var rate = (progress.Done - progress.DoneBefore) / Math.Max((decimal)elapsed.TotalSeconds, 0.001m);
        var left = rate == 0 ? null : TimeSpan.FromSeconds((long)((progress.Goal - progress.Done) / rate)) as TimeSpan?;

        return $"{name} [{new string('#', full)}{new string('.', BarWidth - full)}] {share,5:P0} "
            + $"{rate:N0} events/s" + (left is null ? "" : $", {left:hh\\:mm\\:ss} left");
    }

    // What is shorter than the last text covers it with blanks.
    private void Write(string text)
    {
        terminal.Write($"\r{text.PadRight(width)}");
        width = text.Length;
    }
}
