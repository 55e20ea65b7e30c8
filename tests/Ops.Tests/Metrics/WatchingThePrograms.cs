using System.Text.Json.Nodes;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Metrics;

/// <summary>What dashboards and alerts ask for is what the programs show.</summary>
[Collection(WithRunningPrograms.Name)]
public class WatchingThePrograms(RunningPrograms programs)
{
    private static readonly string[] Severities = ["page", "ticket"];

    private static IEnumerable<JsonNode> Alerts =>
        from file in ProjectFiles.Below("ops/alerts", "*.yaml")
        from rules in Yaml.ReadFile(file)["groups"]!.AsArray()
        from rule in rules!["rules"]!.AsArray()
        select rule;

    private static IEnumerable<(string Dashboard, JsonNode Panel)> Panels =>
        from file in ProjectFiles.Below("ops/dashboards", "*.json")
        from panel in JsonNode.Parse(ProjectFiles.Read(file))!["panels"]!.AsArray()
        select (file, panel);

    [Fact]
    public void Every_line_of_the_ledgers_page_keeps_the_rules() =>
        Exposition.Read(programs.LedgerPage).Count.ShouldBeGreaterThan(10);

    [Fact]
    public void Every_line_of_the_proxys_page_keeps_the_rules() =>
        Exposition.Read(programs.ProxyPage).Count.ShouldBeGreaterThan(10);

    [Fact]
    public void The_two_pages_share_no_name() =>
        Families(programs.LedgerPage).Intersect(Families(programs.ProxyPage)).ShouldBeEmpty();

    [Fact]
    public void Alerts_ask_for_metrics_that_are_there()
    {
        var asked = Alerts.SelectMany(alert => PromQuery.MetricsIn($"{alert["expr"]}")).ToHashSet();

        asked.ShouldNotBeEmpty();
        asked.Except(NamesShown()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ledger_intake_lag")]
    [InlineData("ledger_intake_oldest_seconds")]
    [InlineData("ledger_dead_letters")]
    [InlineData("ledger_missing")]
    [InlineData("ledger_conservation_differing")]
    [InlineData("ledger_verified_wrong")]
    [InlineData("ledger_stream_oldest_seconds")]
    [InlineData("metering_proxy_spool_free_bytes")]
    [InlineData("metering_proxy_spool_oldest_seconds")]
    [InlineData("metering_proxy_spool_alarm")]
    [InlineData("metering_proxy_spool_write_failures_total")]
    [InlineData("metering_proxy_spool_lost_total")]
    [InlineData("metering_proxy_unmetered_total")]
    public void What_costs_money_rings(string metric) =>
        Alerts.ShouldContain(alert => PromQuery.MetricsIn($"{alert["expr"]}").Contains(metric));

    [ToolFact("promtool")]
    public async Task Prometheus_takes_the_alerts()
    {
        var files = ProjectFiles.Below("ops/alerts", "*.yaml").Select(ProjectFiles.PathOf);

        await new Tool("promtool").OutputOfAsync(["check", "rules", .. files]);
    }

    [Fact]
    public void Dashboards_ask_for_metrics_that_are_there()
    {
        var asked =
            from panel in Panels
            from target in panel.Panel["targets"]?.AsArray() ?? []
            from name in PromQuery.MetricsIn($"{target!["expr"]}")
            select name;

        asked.ShouldNotBeEmpty();
        asked.Distinct().Except(NamesShown()).ShouldBeEmpty();
    }

    [Fact]
    public void Every_alert_says_how_bad_it_is_what_it_means_and_where_its_runbook_is()
    {
        foreach (var alert in Alerts)
        {
            var name = $"{alert["alert"]}";
            Severities.ShouldContain($"{alert["labels"]!["severity"]}", name);
            $"{alert["annotations"]!["summary"]}".ShouldNotBeEmpty(name);
            ProjectFiles.Exists($"{alert["annotations"]!["runbook"]}").ShouldBeTrue(name);
        }
    }

    [Fact]
    public void Alerts_are_named_once() =>
        Alerts.Select(alert => $"{alert["alert"]}").ShouldBeUnique();

    [Fact]
    public void Panels_have_a_place_a_title_and_something_to_show()
    {
        foreach (var (dashboard, panel) in Panels)
        {
            $"{panel["title"]}".ShouldNotBeEmpty(dashboard);
            panel["gridPos"].ShouldNotBeNull(dashboard);
            ($"{panel["type"]}" == "row" || panel["targets"]!.AsArray().Count > 0).ShouldBeTrue($"{panel["title"]}");
        }

        Panels.GroupBy(panel => panel.Dashboard)
            .ShouldAllBe(one => one.Select(panel => (long)panel.Panel["id"]!).Distinct().Count() == one.Count());
    }

    [Fact]
    public void Panels_dont_cover_each_other()
    {
        var cells =
            from panel in Panels
            let place = panel.Panel["gridPos"]!
            from x in Enumerable.Range((int)place["x"]!, (int)place["w"]!)
            from y in Enumerable.Range((int)place["y"]!, (int)place["h"]!)
            select (panel.Dashboard, x, y);

        cells.GroupBy(cell => cell).Where(cell => cell.Count() > 1).Select(cell => cell.Key).ShouldBeEmpty();
    }

    private HashSet<string> NamesShown() =>
    [
        .. Exposition.Read(programs.LedgerPage).SelectMany(family => family.Names),
        .. Exposition.Read(programs.ProxyPage).SelectMany(family => family.Names),
    ];

    private static IEnumerable<string> Families(string page) => Exposition.Read(page).Select(family => family.Name);
}
