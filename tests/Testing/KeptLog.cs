using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EventLedger.Testing;

/// <summary>Keeps every line that is logged, whatever its level, with the values it was made of and its scopes.</summary>
public sealed class KeptLog : ILoggerProvider
{
    /// <summary>Category, text, values and exception of each line, and each scope.</summary>
    public ConcurrentQueue<string> Lines { get; } = [];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Category(Lines, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Category(ConcurrentQueue<string> lines, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Enqueue($"{name} in {TextOf(state)}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{name}: {formatter(state, exception)} {TextOf(state)} {exception}");

        private static string TextOf(object? state) =>
            state is IEnumerable<KeyValuePair<string, object?>> values ? string.Join(' ', values) : $"{state}";
    }
}
