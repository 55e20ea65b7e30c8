using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Settings;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Cli;

public class HelpingPeople
{
    public static TheoryData<string> Names => [.. EveryVerb.All.Select(verb => verb.Name)];

    [Theory, MemberData(nameof(Names))]
    public async Task A_verb_says_what_it_does_with_examples(string name)
    {
        var verb = EveryVerb.All.Single(verb => verb.Name == name).Verb.ShouldBeOfType<Verb>();
        verb.Description.ShouldNotBeNull().ShouldEndWith(".");
        verb.Examples.ShouldNotBeEmpty();
        verb.Options.ShouldAllBe(option => option.Description!.EndsWith('.'));
        verb.Arguments.ShouldAllBe(argument => argument.Description!.EndsWith('.'));

        var help = new StringWriter();
        var settings = new LedgerSettings(_ => null);
        (await CommandLine.RunAsync(
            Verbs.Create(settings), [.. name.Split(' '), "--help"], help, help)).ShouldBe(0);
        verb.Examples.ShouldAllBe(example => $"{help}".Contains(example));
        $"{help}".ShouldContain("3 when a server can't be reached");
    }

    [Theory, MemberData(nameof(Names))]
    public void An_example_is_one_of_its_verb_and_right(string name)
    {
        foreach (var example in ((Verb)EveryVerb.All.Single(verb => verb.Name == name).Verb).Examples)
        {
            var typed = example.Split('|', '>').Select(part => part.Trim()).Single(part => part.StartsWith("ledger "));
            typed.ShouldStartWith($"ledger {name}");
            var parsed = EveryVerb.Root.Parse(typed["ledger ".Length..]);
            parsed.Errors.Select(error => error.Message).ShouldBeEmpty(example);
        }
    }

    [Fact]
    public async Task Bash_completes_verbs_options_and_values()
    {
        var (exitCode, output) = await Shell.RunAsync(
            TestFolder.Make("completion"), [], "bash", "-eu", "-c", """
                source <(ledger completion bash)
                complete -p ledger > /dev/null
                for line in "ledger bal" "./some/where/ledger dead-letters re" "ledger balance amina --output " \
                    "ledger verify --pub"; do
                    COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=(ledger) COMP_CWORD=1
                    _ledger
                    echo "${COMPREPLY[*]}"
                done
                """);

        exitCode.ShouldBe(0, output);
        output.ShouldBe("balance\nretry\ncsv json table\n--public-key\n");
    }

    [Theory, InlineData("bash"), InlineData("zsh"), InlineData("fish")]
    public async Task Each_shell_has_a_script(string shell)
    {
        var output = new StringWriter();

        (await CommandLine.RunAsync(EveryVerb.Root, ["completion", shell], output, output)).ShouldBe(0);

        $"{output}".ShouldContain("[suggest:");
    }
}
