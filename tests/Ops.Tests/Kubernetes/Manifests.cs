using System.Text.Json.Nodes;
using EventLedger.Ops.Tests.Files;
using EventLedger.Ops.Tests.Helm;

namespace EventLedger.Ops.Tests.Kubernetes;

/// <summary>The objects that a cluster is told to have.</summary>
internal sealed class Manifests(string text)
{
    /// <summary>As they were rendered.</summary>
    public string Text { get; } = text;

    /// <summary>All of them.</summary>
    public IReadOnlyList<JsonNode> Objects { get; } = Yaml.ReadAll(text);

    /// <summary>All containers, with the pod that each is of.</summary>
    public IEnumerable<(JsonNode Pod, JsonNode Container)> Containers =>
        from pod in Objects.Select(each => each["spec"]?["template"]?["spec"]).OfType<JsonNode>()
        from container in pod["containers"]!.AsArray()
        select (pod, container);

    /// <summary>Whether it is the chart's, which is rendered without any tool.</summary>
    public static bool IsOfTheChart(string folder) => folder.StartsWith("chart/", StringComparison.Ordinal);

    /// <summary>
    /// Renders a folder below <c>ops/kubernetes</c>, or the chart as <c>chart/sidecar-on</c> or
    /// <c>chart/sidecar-off</c>.
    /// </summary>
    public static async Task<Manifests> RenderAsync(string folder) => new(folder switch
    {
        "chart/sidecar-on" => Chart.Render(withSidecar: true),
        "chart/sidecar-off" => Chart.Render(withSidecar: false),
        _ => await new Tool("kubectl").OutputOfAsync("kustomize", ProjectFiles.PathOf($"ops/kubernetes/{folder}")),
    });

    /// <summary>The one of a kind and name; the chart puts its own before it.</summary>
    public JsonNode Find(string kind, string name) => Objects.Single(each => $"{each["kind"]}" == kind
        && (string[])[name, $"{Chart.Release}-{name}"] is var names && names.Contains($"{each["metadata"]!["name"]}"));

    /// <summary>The container of a name.</summary>
    public JsonNode Container(string name) => Containers.Single(each => $"{each.Container["name"]}" == name).Container;

    /// <summary>What an environment variable of a container is set to, or where its value comes from.</summary>
    public static string ValueOf(JsonNode container, string name)
    {
        var variable = container["env"]!.AsArray().Single(each => $"{each!["name"]}" == name)!;
        return $"{variable["value"] ?? variable["valueFrom"]!.ToJsonString()}";
    }
}
