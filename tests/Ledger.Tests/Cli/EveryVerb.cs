using System.CommandLine;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Tests.Cli;

/// <summary>All that can be typed.</summary>
internal static class EveryVerb
{
    public static RootCommand Root { get; } = Verbs.Create(new LedgerSettings(_ => null));

    /// <summary>The verbs with what is typed for each, <c>dead-letters list</c>.</summary>
    public static IEnumerable<(string Name, Command Verb)> All { get; } = [.. Below(Root, "")];

    /// <summary>Those that do something themselves.</summary>
    public static IEnumerable<(string Name, Command Verb)> Doing =>
        All.Where(verb => verb.Verb.Subcommands.Count == 0);

    private static IEnumerable<(string Name, Command Verb)> Below(Command above, string prefix) =>
        above.Subcommands.SelectMany(verb => Below(verb, $"{prefix}{verb.Name} ").Prepend((prefix + verb.Name, verb)));
}
