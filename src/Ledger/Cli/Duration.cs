using System.CommandLine.Parsing;
using System.Globalization;

namespace EventLedger.Ledger.Cli;

/// <summary>Durations as people write them: <c>300ms</c>, <c>5s</c>, <c>30m</c>, <c>24h</c>, <c>14d</c>.</summary>
internal static class Duration
{
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1)),
    ];

    /// <summary>Reads an option's duration, above zero; anything else is an error that names it.</summary>
    public static TimeSpan Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;

        if (TryParse(text, out var duration))
        {
            return duration;
        }

        argument.AddError($"'{text}' is no duration; expected a whole number with ms, s, m, h or d, such as 30m");
        return default;
    }

    /// <summary>Reads a duration above zero.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var (suffix, unit) = Units.FirstOrDefault(unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        duration = default;

        if (suffix is null
            || !int.TryParse(text[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count == 0
            || count > TimeSpan.MaxValue.Ticks / unit.Ticks)
        {
            return false;
        }

        duration = unit * count;
        return true;
    }
}
