using System.CommandLine;

namespace EventLedger.Ledger.Cli;

/// <summary>A verb, with what its help says besides its options.</summary>
/// <param name="name">What is typed.</param>
/// <param name="summary">What it does, in a sentence that lists of verbs show too.</param>
/// <param name="examples">Command lines that are right as they stand, but for the names in them.</param>
/// <param name="details">What its own help says further.</param>
internal sealed class Verb(string name, string summary, string[] examples, string details = "")
    : Command(name, summary)
{
    /// <summary>Command lines that are right as they stand, but for the names in them.</summary>
    public IReadOnlyList<string> Examples => examples;

    /// <summary>What its own help says further; may be empty.</summary>
    public string Details => details;
}
