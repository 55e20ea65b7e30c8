using System.Text.Json.Nodes;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Helm;

/// <summary>The chart of <c>ops/helm</c>.</summary>
internal static class Chart
{
    /// <summary>Where it lies.</summary>
    public const string Folder = "ops/helm/eventledger";

    /// <summary>The name that it is rendered under.</summary>
    public const string Release = "billing";

    private const string Namespace = "eventledger";

    /// <summary>Its values.</summary>
    public static JsonNode Values => Yaml.ReadFile($"{Folder}/values.yaml");

    /// <summary>What they may be.</summary>
    public static JsonSchema Schema => new(ProjectFiles.Read($"{Folder}/values.schema.json"));

    /// <summary>Its templates, what they define first.</summary>
    public static IEnumerable<string> Templates =>
        ProjectFiles.Below($"{Folder}/templates").OrderByDescending(file => file.EndsWith(".tpl"));

    /// <summary>Renders it without helm.</summary>
    public static string Render(bool withSidecar)
    {
        var values = Values;
        values["meteringSidecar"]!["enabled"] = withSidecar;
        var context = new JsonObject
        {
            ["Values"] = values,
            ["Release"] = new JsonObject { ["Name"] = Release, ["Namespace"] = Namespace },
        };
        var template = new ChartTemplate();
        return string.Join("\n---\n", Templates.Select(file => template.Render(ProjectFiles.Read(file), context))
            .Where(text => text.Trim().Length > 0));
    }

    /// <summary>Renders it with helm.</summary>
    public static Task<string> RenderWithHelmAsync(bool withSidecar) => new Tool("helm").OutputOfAsync(
        "template", Release, ProjectFiles.PathOf(Folder), "--namespace", Namespace, "--kube-version", "1.30.0",
        "--set", $"meteringSidecar.enabled={(withSidecar ? "true" : "false")}");
}
