using System.CommandLine;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger completion</c>: prints what makes a shell complete verbs and options.</summary>
internal static class CompletionCommand
{
    // Each asks the program itself, with the text up to the cursor, under the one name that it knows itself by.
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _ledger() {
                local line=${COMP_LINE:0:COMP_POINT}
                line="ledger ${line#*[[:space:]]}"
                mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2> /dev/null)
            }
            complete -o default -F _ledger ledger
            """,
        ["zsh"] = """
            _ledger() {
                local line="ledger ${LBUFFER#*[[:space:]]}"
                local -a found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2> /dev/null)}")
                compadd -a found || _files
            }
            compdef _ledger ledger
            """,
        ["fish"] = """
            function __ledger_complete
                set -l line "ledger "(string replace -r '^\S+\s+' '' -- (commandline -cp))
                set -l program (commandline -op)[1]
                set -l found ($program "[suggest:"(string length -- $line)"]" $line 2> /dev/null | string match -v '')
                test -n "$found" && printf '%s\n' $found || __fish_complete_path (commandline -ct)
            end
            complete -c ledger -f -a '(__ledger_complete)'
            """,
    };

    /// <summary>Makes the verb.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "The shell." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Verb(
            "completion",
            "Print a script that makes a shell complete verbs and options.",
            ["ledger completion bash > ~/.local/share/bash-completion/completions/ledger"],
            "To try it in bash: source <(ledger completion bash)")
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(Scripts[parsed.GetRequiredValue(shell)]);
            return ExitCode.Done;
        });
        return command;
    }
}
