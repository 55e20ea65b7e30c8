using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace EventLedger.Embedded.Running;

/// <summary>Plain lines on standard error: standard output belongs to results.</summary>
public static class StderrLogging
{
    /// <summary>Loggers for the life of the program.</summary>
    public static ILoggerFactory Create() => LoggerFactory.Create(logging =>
    {
        logging.AddConsole(console => console.FormatterName = PlainLines.FormatterName);
        logging.AddConsoleFormatter<PlainLines, ConsoleFormatterOptions>();
        logging.Services.Configure<ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });

    private sealed class PlainLines() : ConsoleFormatter(FormatterName)
    {
        public const string FormatterName = "plain";

        public override void Write<TState>(
            in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
        {
            var time = TimeProvider.System.GetLocalNow();
            textWriter.WriteLine($"{time:HH:mm:ss} {entry.Formatter(entry.State, entry.Exception)}");
        }
    }
}
