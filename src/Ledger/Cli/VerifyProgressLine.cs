using EventLedger.EventStore.Verifying;

namespace EventLedger.Ledger.Cli;

/// <summary>One line on a terminal: how far a check got, how fast it goes and how long it will take.</summary>
/// <param name="terminal">Where the line is written over and over.</param>
/// <param name="time">The clock.</param>
internal sealed class VerifyProgressLine(TextWriter terminal, TimeProvider time) : IProgress<VerifyProgress>
{
    private const int Width = 78;

    private string what = "";
    private long started;

    /// <inheritdoc/>
    public void Report(VerifyProgress value)
    {
        if (value.What != what)
        {
            (what, started) = (value.What, time.GetTimestamp());
        }

        terminal.Write('\r' + TextOf(value, time.GetElapsedTime(started)).PadRight(Width));
    }

    /// <summary>Takes the line away.</summary>
    public void Clear() => terminal.Write('\r' + new string(' ', Width) + '\r');

    /// <summary>What the line says.</summary>
    internal static string TextOf(VerifyProgress progress, TimeSpan elapsed)
    {
        var text = $"{progress.What} {progress.Done:N0} of {progress.Total:N0}";

        if (elapsed <= TimeSpan.Zero || progress.Done <= 0)
        {
            return text;
        }

        var left = elapsed * ((double)Math.Max(progress.Total - progress.Done, 0) / progress.Done);
        return $"{text}, {progress.Done / elapsed.TotalSeconds:N0}/s, "
            + $"{(long)left.TotalMinutes}:{left.Seconds:00} left";
    }
}
