using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace EventLedger.Hosting.Secrets;

/// <summary>
/// What a file says, read again when it is asked for, at most once in <see cref="Interval"/>. Its whole text is read:
/// the time of a change doesn't tell of a link that leads elsewhere, and that is how clusters change secrets. A file
/// that can't be used leaves what was there before.
/// </summary>
/// <typeparam name="T">What the file's text is made into.</typeparam>
public sealed partial class Reread<T>
    where T : class
{
    /// <summary>How long after a change the former value may still be given out.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Func<T> read;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private volatile T current;
    private long readAt;
    private bool isFailing;

    /// <summary>Reads it; what is wrong now is thrown.</summary>
    public Reread(Func<T> read, TimeProvider time, ILogger logger)
    {
        (this.read, this.time, this.logger) = (read, time, logger);
        (current, readAt) = (read(), time.GetTimestamp());
    }

    /// <summary>The value.</summary>
    public T Current
    {
        get
        {
            if (time.GetElapsedTime(Interlocked.Read(ref readAt)) >= Interval)
            {
                ReadAgain();
            }

            return current;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is wrong with the file, the last value goes on.")]
    private void ReadAgain()
    {
        // Nobody waits for a file: while one reads, the others go on with what there is.
        if (!gate.TryEnter())
        {
            return;
        }

        try
        {
            current = read();
            isFailing = false;
        }
        catch (Exception wrong)
        {
            if (!isFailing)
            {
                LogKept(wrong.Message);
            }

            isFailing = true;
        }
        finally
        {
            Interlocked.Exchange(ref readAt, time.GetTimestamp());
            gate.Exit();
        }
    }

    [LoggerMessage(LogLevel.Error, "A secret can't be read again, so the last one counts: {Reason}")]
    private partial void LogKept(string reason);
}
