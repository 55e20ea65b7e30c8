using System.Text.Json.Nodes;
using EventLedger.Contracts;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Settings;
using EventLedger.Ops.Tests.Files;
using EventLedger.Ops.Tests.Kubernetes;

namespace EventLedger.Ops.Tests.Runbooks;

/// <summary>Somebody who is woken at night finds the page, and what it tells to type exists.</summary>
[Collection(WithRunningPrograms.Name)]
public class FollowingRunbooks(RunningPrograms programs)
{
    private static readonly string[] Questions =
        ["What it means for money", "How to look", "What to do", "How to know that it is over"];

    // Those that no alert leads to.
    private static readonly string[] Procedures =
        ["README", "backup-and-restore", "upgrading", "r3-and-replicas", "loss-of-components"];

    private static readonly string[] OtherPrograms =
    [
        "curl", "df", "journalctl", "kubectl", "ledger", "ls", "nats", "pg_basebackup", "pg_verifybackup", "psql",
        "systemctl",
    ];

    private static readonly string[] ProxyPages = ["/healthz", "/readyz", "/metrics"];

    private static Dictionary<string, string> AlertsByPage => (
        from file in ProjectFiles.Below("ops/alerts", "*.yaml")
        from rules in Yaml.ReadFile(file)["groups"]!.AsArray()
        from rule in rules!["rules"]!.AsArray()
        select (Page: $"{rule["annotations"]!["runbook"]}", Alert: $"{rule["alert"]}"))
        .ToDictionary(each => each.Page, each => each.Alert);

    private static IEnumerable<(string Page, string[] Words)> Commands =>
        Runbook.All.SelectMany(page => page.Commands.Select(words => (page.Path, words)));

    [Fact]
    public void Each_alert_has_a_page_of_its_name_and_each_page_an_alert()
    {
        var alerts = AlertsByPage;
        var pages = Runbook.All.Where(page => !Procedures.Contains(Path.GetFileNameWithoutExtension(page.Path)));

        pages.Select(page => (page.Path, page.Title)).Order()
            .ShouldBe(alerts.Select(alert => (alert.Key, alert.Value)).Order());
    }

    [Fact]
    public void A_page_answers_the_four_questions_in_their_order() => Runbook.All
        .Where(page => AlertsByPage.ContainsKey(page.Path) && !page.Headings.SequenceEqual(Questions))
        .Select(page => page.Path)
        .ShouldBeEmpty();

    [Fact]
    public void Procedures_are_there() =>
        Procedures.Where(name => !ProjectFiles.Exists($"ops/runbooks/{name}.md")).ShouldBeEmpty();

    [Fact]
    public void Links_lead_somewhere() => (
        from page in Runbook.All
        from link in page.Links
        where !ProjectFiles.Exists(Path.Combine("ops/runbooks", link))
        select $"{page.Path}: {link}")
        .ShouldBeEmpty();

    [Fact]
    public void What_is_marked_as_run_by_a_test_is_on_the_page_that_one_follows() =>
        Runbook.All.Where(page => page.IsRun).Select(page => page.Path)
            .ShouldBe(["ops/runbooks/backup-and-restore.md"]);

    [Fact]
    public void Programs_are_known_ones() => Commands
        .Where(command => !OtherPrograms.Contains(command.Words[0]))
        .Select(command => $"{command.Page}: {command.Words[0]}")
        .ShouldBeEmpty();

    [Fact]
    public void Verbs_of_the_ledger_take_what_they_are_given()
    {
        var verbs = Verbs.Create(new LedgerSettings(_ => null));
        var refused =
            from command in Commands
            let arguments = ArgumentsOfLedger(command.Words)
            where arguments is not null
            let parsed = verbs.Parse(arguments)
            where parsed.Errors.Count > 0
            select $"{command.Page}: {string.Join(' ', arguments)}: {parsed.Errors[0].Message}";

        refused.ShouldBeEmpty();
    }

    [Fact]
    public void Paths_are_ones_that_the_programs_answer()
    {
        var ledger = JsonNode.Parse(programs.Api)!["paths"]!.AsObject().Select(path => path.Key).ToArray();
        var asked =
            from command in Commands
            where command.Words[0] == "curl"
            select command.Words.Single(word => word.StartsWith('$'));

        asked.Where(url => url.StartsWith("$PROXY") ? !ProxyPages.Contains(url["$PROXY".Length..])
                : !ledger.Contains(url["$LEDGER".Length..]))
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Statements_run_on_the_ledgers_database()
    {
        var statements = Commands.Where(command => command.Words[0] == "psql")
            .Select(command => command.Words[Array.IndexOf(command.Words, "-c") + 1]).Distinct().ToArray();

        statements.ShouldNotBeEmpty();

        foreach (var statement in statements)
        {
            await using var command = programs.Sql.CreateCommand(statement);
            await Should.NotThrowAsync(command.ExecuteNonQueryAsync(), statement);
        }
    }

    [Fact]
    public void Commands_to_the_broker_are_about_our_stream_and_consumer()
    {
        foreach (var (page, words) in Commands.Where(command => command.Words[0] == "nats"))
        {
            words[1].ShouldBeOneOf("stream", "consumer");
            words[3].ShouldBe(UsageStream.Name, page);
            (words[1] == "stream" || words[4] == UsageStream.Consumer).ShouldBeTrue(page);
        }
    }

    [ToolFact("kubectl")]
    public async Task Objects_of_the_cluster_are_ones_that_are_rendered()
    {
        var manifests = await Manifests.RenderAsync("overlays/sidecar-on");
        var known = manifests.Objects.Select(each => $"{each["metadata"]!["name"]}").ToHashSet();
        var named =
            from command in Commands
            where command.Words[0] == "kubectl"
            from word in command.Words
            where word.StartsWith("deploy/") || word.StartsWith("service/")
            select word.Split('/')[1];

        named.ShouldNotBeEmpty();
        named.Except(known).ShouldBeEmpty();
    }

    // Also where it is run in a pod.
    private static string[]? ArgumentsOfLedger(string[] words) =>
        words[0] == "ledger" ? words[1..]
        : Array.IndexOf(words, "/app/ledger") is >= 0 and var at ? words[(at + 1)..]
        : null;
}
