using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace EventLedger.Hosting.Logs;

/// <summary>Time, level, category, message and trace; an exception in one line with them.</summary>
internal sealed class TextLines(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "lines";

    /// <inheritdoc/>
    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var now = time.GetUtcNow().UtcDateTime;
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-ddTHH:mm:ss.fffZ} "));
        textWriter.Write($"{LevelNames.Of(logEntry.LogLevel)} {logEntry.Category}: ");
        textWriter.Write(InOneLine(logEntry.Formatter(logEntry.State, logEntry.Exception)));

        if (Activity.Current is { } activity)
        {
            textWriter.Write($" trace={activity.TraceId}");
        }

        if (logEntry.Exception is { } exception)
        {
            textWriter.Write($" {InOneLine(exception.ToString())}");
        }

        textWriter.Write('\n');
    }

    // Whoever could end a line could make up the next one.
    private static string InOneLine(string text) =>
        text.Replace('\r', ' ').Replace('\n', ' ');
}
