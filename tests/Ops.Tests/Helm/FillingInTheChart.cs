using System.Text.Json.Nodes;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Helm;

public class FillingInTheChart
{
    [Fact]
    public void Its_values_are_what_the_schema_allows() => Chart.Schema.FindFaults(Chart.Values).ShouldBeEmpty();

    [Fact]
    public void The_sidecar_is_on_unless_it_is_turned_off() =>
        ((bool)Chart.Values["meteringSidecar"]!["enabled"]!).ShouldBeTrue();

    [Theory]
    [InlineData("enabled", "\"yes\"", "values.meteringSidecar.enabled is no boolean")]
    [InlineData("port", "0", "values.meteringSidecar.port is below 1")]
    [InlineData("port", "65536", "values.meteringSidecar.port is above 65535")]
    [InlineData("natsUrl", "\"nats://me:secret@host\"", "values.meteringSidecar.natsUrl isn't like")]
    [InlineData("priceMicroOmrPerToken", "-1", "values.meteringSidecar.priceMicroOmrPerToken is below 0")]
    [InlineData("prise", "1", "values.meteringSidecar.prise is unknown")]
    [InlineData("image", "null", "values.meteringSidecar.image is missing")]
    public void A_wrong_value_is_refused_by_name(string name, string json, string fault)
    {
        var values = Chart.Values;
        values["meteringSidecar"]![name] = JsonNode.Parse(json);

        Chart.Schema.FindFaults(values).ShouldHaveSingleItem().ShouldStartWith(fault);
    }

    [Fact]
    public void Every_value_is_used_and_no_other()
    {
        var used = Chart.Templates.SelectMany(file => ChartTemplate.PathsIn(ProjectFiles.Read(file))).ToHashSet();
        var values = Chart.Values;
        var leaves = Leaves(values, "").ToArray();

        used.Where(path => path.Split('.').Aggregate((JsonNode?)values, (node, name) => node?[name]) is null)
            .ShouldBeEmpty("a template names no value that there isn't");
        leaves.Where(leaf => !used.Any(path => leaf == path || leaf.StartsWith($"{path}.")))
            .ShouldBeEmpty("a value that is used nowhere says something untrue");
    }

    [Fact]
    public void The_chart_and_the_overlays_run_the_same_programs() =>
        new[] { "ledger", "meteringSidecar" }.Select(name => $"{Chart.Values[name]!["image"]!["tag"]}")
            .ShouldAllBe(tag => tag == $"{Yaml.ReadFile($"{Chart.Folder}/Chart.yaml")["appVersion"]}");

    [Theory]
    [InlineData("{{ if .Values.a }}x")]
    [InlineData("x{{ end }}")]
    [InlineData("{{ range .Values.a }}{{ end }}")]
    [InlineData("{{ .Values.b }}")]
    public void An_action_that_helm_might_read_otherwise_is_refused(string template) =>
        Should.Throw<InvalidDataException>(() => new ChartTemplate().Render(
            template, new() { ["Values"] = new JsonObject { ["a"] = true } }));

    [ToolTheory("helm")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Helm_renders_the_same_objects(bool withSidecar)
    {
        var byHelm = ObjectsOf(await Chart.RenderWithHelmAsync(withSidecar));
        var here = ObjectsOf(Chart.Render(withSidecar));

        byHelm.Keys.Order().ShouldBe(here.Keys.Order());
        byHelm.Where(each => !JsonNode.DeepEquals(each.Value, here[each.Key])).Select(each => each.Key).ShouldBeEmpty();
    }

    private static Dictionary<string, JsonNode> ObjectsOf(string text) =>
        Yaml.ReadAll(text).ToDictionary(each => $"{each["kind"]}/{each["metadata"]!["name"]}");

    private static IEnumerable<string> Leaves(JsonNode? node, string path) => node is JsonObject { Count: > 0 } map
        ? map.SelectMany(pair => Leaves(pair.Value, path.Length == 0 ? pair.Key : $"{path}.{pair.Key}"))
        : [path];
}
