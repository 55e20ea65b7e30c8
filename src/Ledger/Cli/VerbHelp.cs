using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace EventLedger.Ledger.Cli;

/// <summary>Help as usual, and below it what the verb says further.</summary>
internal sealed class VerbHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private const string ExitCodes =
        "Exits 0 when done, 1 when a check failed, 2 when it was used wrongly, 3 when a server can't be reached.";

    /// <summary>Makes it the help of all verbs.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Clear();
        help.Aliases.Add("-h");
        help.Action = new VerbHelp((HelpAction)help.Action!);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;

        if (parseResult.CommandResult.Command is Verb verb)
        {
            Write(output, "Details:", verb.Details.Length > 0 ? [verb.Details] : []);
            Write(output, "Examples:", verb.Examples);
        }

        Write(output, "Exit codes:", [ExitCodes]);
        return exitCode;
    }

    private static void Write(TextWriter output, string heading, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
        {
            output.WriteLine(heading);
            output.WriteLine("  " + string.Join("\n  ", lines) + "\n");
        }
    }
}
