using System.CommandLine;
using System.CommandLine.Parsing;
using EventLedger.Contracts.Times;

namespace EventLedger.Ledger.Cli;

/// <summary>
/// Times as people write them, UTC where they don't say: <c>2026-11-01</c>, <c>2026-11-01T12:00:00Z</c>.
/// </summary>
internal static class Moment
{
    private const string Hint = " UTC unless it says otherwise.";

    /// <summary>An option that is a time.</summary>
    public static Option<DateTimeOffset?> Option(string name, string description) => new(name)
    {
        Description = description + Hint,
        CustomParser = argument => Parse(argument),
    };

    /// <summary>An option that is a time, and must be given.</summary>
    public static Option<DateTimeOffset> RequiredOption(string name, string description) => new(name)
    {
        Description = description + Hint,
        Required = true,
        CustomParser = Parse,
    };

    /// <summary>Reads an option's time; anything else is an error that names it.</summary>
    public static DateTimeOffset Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;

        if (UtcTime.TryParse(text, out var time))
        {
            return time;
        }

        argument.AddError($"'{text}' is no time; expected one such as {UtcTime.Expected}");
        return default;
    }
}
