using Microsoft.Extensions.Logging;

namespace EventLedger.Hosting.Logs;

/// <summary>The names of levels in logs.</summary>
internal static class LevelNames
{
    /// <summary>The name of <paramref name="level"/>.</summary>
    public static string Of(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
