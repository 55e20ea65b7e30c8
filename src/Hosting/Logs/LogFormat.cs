using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace EventLedger.Hosting.Logs;

/// <summary>How log lines are written.</summary>
public enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object a line, for programs.</summary>
    Json,
}

/// <summary>Logs to standard output, a line for each entry.</summary>
public static class LogOutput
{
    /// <summary>Writes in <paramref name="format"/>, and nowhere else.</summary>
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging, LogFormat format) => logging
        .ClearProviders()
        .AddConsole(console => console.FormatterName = format switch
        {
            LogFormat.Json => JsonLines.FormatterName,
            _ => TextLines.FormatterName,
        })
        .AddConsoleFormatter<TextLines, ConsoleFormatterOptions>()
        .AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>();
}
