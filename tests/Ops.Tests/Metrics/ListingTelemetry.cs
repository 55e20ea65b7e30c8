using System.Text.RegularExpressions;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Metrics;

/// <summary><c>docs/telemetry.md</c> lists what the programs have, and nothing else.</summary>
[Collection(WithRunningPrograms.Name)]
public partial class ListingTelemetry(RunningPrograms programs)
{
    private const int MatchLimitMs = 1000;

    private static string Text => ProjectFiles.Read("docs/telemetry.md");

    [Fact]
    public void Every_instrument_is_listed_with_its_kind_and_unit()
    {
        var listed = InstrumentRow().Matches(Text).Select(row =>
            $"{row.Groups["name"].Value} {row.Groups["kind"].Value} {row.Groups["unit"].Value}");
        var made = programs.Instruments.Select(each => $"{each.Name} {KindOf(each.GetType().Name)} {each.Unit}");

        listed.Order().ShouldBe(made.Distinct().Order());
    }

    [Fact]
    public void Every_metric_of_the_ledgers_page_is_listed_beside_its_instrument()
    {
        var listed = InstrumentRow().Matches(Text).Select(row => row.Groups["shown"].Value);

        listed.Order().ShouldBe(Exposition.Read(programs.LedgerPage).Select(family => family.Name).Order());
    }

    [Fact]
    public void Every_metric_of_the_proxys_page_is_listed_with_its_kind()
    {
        var listed = ProxyRow().Matches(Text).Select(row =>
            $"{row.Groups["name"].Value} {row.Groups["kind"].Value}");

        listed.Order().ShouldBe(
            Exposition.Read(programs.ProxyPage).Select(family => $"{family.Name} {family.Type}").Order());
    }

    private static string KindOf(string type) =>
        type.StartsWith("Histogram") ? "histogram" : type.Contains("Gauge") ? "gauge" : "counter";

    [GeneratedRegex(
        @"^\| `(?<name>[a-z_.]+)` \| (?<kind>counter|gauge|histogram) \| `(?<unit>[^`]+)` \| `(?<shown>[a-z_]+)` \|",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline, MatchLimitMs)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex(
        @"^\| `(?<name>metering_proxy_[a-z_]+)` \| (?<kind>counter|gauge|histogram) \|",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline, MatchLimitMs)]
    private static partial Regex ProxyRow();
}
