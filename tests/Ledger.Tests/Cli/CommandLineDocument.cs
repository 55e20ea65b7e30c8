using System.CommandLine.Help;
using System.Text.RegularExpressions;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Cli;

/// <summary><c>docs/cli.md</c>: what it lists is what there is, and what it shows works.</summary>
public partial class CommandLineDocument
{
    private const string Heading = "### ledger ";

    private static readonly ExampleDocument Document = new("docs/cli.md");

    public static TheoryData<string> Names => [.. EveryVerb.All.Select(verb => verb.Name)];

    [Fact]
    public void It_has_a_section_for_each_verb_and_no_other() => Document.Lines
        .Where(line => line.StartsWith(Heading)).Select(line => line[Heading.Length..])
        .ShouldBe(EveryVerb.All.Select(verb => verb.Name), ignoreOrder: true);

    [Theory, MemberData(nameof(Names))]
    public void A_section_lists_the_verbs_arguments_and_options_and_no_other(string name)
    {
        var verb = EveryVerb.All.Single(verb => verb.Name == name).Verb;
        var section = Document.Lines.SkipWhile(line => line != Heading + name).Skip(1)
            .TakeWhile(line => !line.StartsWith('#')).ToArray();

        section.Where(line => line.StartsWith("| `")).ShouldBe(
        [
            .. verb.Arguments.Select(argument => $"| `<{argument.Name}>` | {argument.Description} |"),
            .. verb.Options.Where(option => option is not HelpOption)
                .Select(option => $"| `{option.Name}` | {option.Description} |"),
        ]);
        section[0].ShouldStartWith(verb.Description!.Split(' ')[0]);
    }

    [Fact]
    public void An_option_that_it_mentions_exists()
    {
        var existing = EveryVerb.All.SelectMany(verb => verb.Verb.Options).Concat(EveryVerb.Root.Options)
            .Select(option => option.Name).ToHashSet();

        Document.Lines.SelectMany(line => Option().Matches(line)).Select(match => match.Value)
            .Except(existing).ShouldBeEmpty();
    }

    [Fact]
    public async Task Its_examples_work()
    {
        var forge = TestFolder.Make("forge");
        await using var ledger = await LedgerHost.StartAsync(
            ("ADMIN_SECRET", LedgerHost.Secret), ("FORGE_URL", $"file://{forge}/usage.git"),
            ("HERO_NODE_ID", "node-a"));
        await using var old = await LegacyTables.CreateAsync();
        await using var empty = await TestPostgres.CreateDatabaseAsync();
        await using var producer = new Producer(ledger.Nats.Url);

        foreach (var customer in (string[])["amina", "noor", "salim"])
        {
            await ledger.RecordAsync(Envelopes.Of(customer, $"req-{customer}"), 200);
        }

        await producer.PublishAsync("no envelope");
        await producer.EverythingIsAcknowledgedAsync();

        var (exitCode, output) = await Document.RunAsync(
            TestFolder.Make("examples"),
            [.. ledger.Variables, new("OLD_DATABASE_URL", old.Url), new("EMPTY_DATABASE_URL", empty.Url)]);

        exitCode.ShouldBe(0, output);
    }

    [GeneratedRegex("(?<![\\w-])--[a-z][a-z-]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Option();
}
