using EventLedger.EventStore;

namespace EventLedger.Ledger.Cli;

/// <summary>How far long work is, on one line of a terminal: a bar, the rate, and the time left.</summary>
/// <param name="terminal">Where the line is written, again and again.</param>
/// <param name="time">Measures the rate.</param>
internal sealed class ProgressLine(TextWriter terminal, TimeProvider time) : IProgress<WorkProgress>
{
    private const int BarWidth = 24;

    private readonly Lock writing = new();
    private string what = "";
    private long started;
    private int width;

    /// <summary>A line where somebody watches; in a pipe or a log nobody does.</summary>
    public static ProgressLine? OnTerminal(TextWriter error) =>
        Console.IsErrorRedirected ? null : new(error, TimeProvider.System);

    /// <inheritdoc/>
    public void Report(WorkProgress value)
    {
        lock (writing)
        {
            if (value.What != what)
            {
                (what, started) = (value.What, time.GetTimestamp());
            }

            Write(Describe(value, time.GetElapsedTime(started)));
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
    internal static string Describe(WorkProgress progress, TimeSpan elapsed)
    {
        // Events may have come in since the total was counted.
        var share = progress.Total == 0 ? 1m : Math.Min(1m, (decimal)progress.Done / progress.Total);
        var full = (int)(share * BarWidth);
        var rate = (progress.Done - progress.DoneBefore) / Math.Max((decimal)elapsed.TotalSeconds, 0.001m);
        var left = rate == 0
            ? (TimeSpan?)null
            : TimeSpan.FromSeconds((long)(Math.Max(progress.Total - progress.Done, 0) / rate));

        return $"{progress.What} [{new string('#', full)}{new string('.', BarWidth - full)}] {share,5:P0} "
            + $"{rate:N0}/s" + (left is null ? "" : $", {left:hh\\:mm\\:ss} left");
    }

    // What is shorter than the last text covers it with blanks.
    private void Write(string text)
    {
        terminal.Write($"\r{text.PadRight(width)}");
        width = text.Length;
    }
}
