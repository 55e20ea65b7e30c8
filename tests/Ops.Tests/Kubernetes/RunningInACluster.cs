using System.Text.Json.Nodes;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Kubernetes;

/// <summary>What holds for everything that is rendered, with the sidecar and without.</summary>
public class RunningInACluster
{
    private static readonly string[] Probes = ["/healthz", "/readyz"];

    /// <summary>Says so where the machine has no kubectl; the other tests then have the chart alone.</summary>
    [ToolFact("kubectl")]
    public async Task Kustomize_renders_every_folder()
    {
        foreach (var folder in (string[])["base", "overlays/sidecar-on", "overlays/sidecar-off"])
        {
            (await Manifests.RenderAsync(folder)).Objects.ShouldNotBeEmpty(folder);
        }
    }

    [Theory]
    [Rendered("base", "overlays/sidecar-on", "overlays/sidecar-off", "chart/sidecar-on", "chart/sidecar-off")]
    public async Task Every_container_of_ours_is_confined(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);

        foreach (var (pod, container) in manifests.Containers.Where(each => IsOurs(each.Container)))
        {
            var name = $"{container["name"]}";
            var security = container["securityContext"]!;
            var atLeast = pod["securityContext"]!;
            ((bool?)(security["runAsNonRoot"] ?? atLeast["runAsNonRoot"])).ShouldBe(true, name);
            ((long?)(security["runAsUser"] ?? atLeast["runAsUser"])).ShouldBe(1654, name);
            ((bool?)security["readOnlyRootFilesystem"]).ShouldBe(true, name);
            ((bool?)security["allowPrivilegeEscalation"]).ShouldBe(false, name);
            security["capabilities"]!.ToJsonString().ShouldBe("""{"drop":["ALL"]}""", name);
            atLeast["seccompProfile"]!["type"]!.ToString().ShouldBe("RuntimeDefault", name);
            ((bool?)pod["automountServiceAccountToken"]).ShouldBe(false, name);
        }
    }

    [Theory]
    [Rendered("base", "overlays/sidecar-on", "overlays/sidecar-off", "chart/sidecar-on", "chart/sidecar-off")]
    public async Task Every_container_says_what_it_needs(string folder)
    {
        foreach (var (_, container) in (await Manifests.RenderAsync(folder)).Containers)
        {
            var resources = container["resources"]!;
            resources["requests"]!["cpu"].ShouldNotBeNull();
            resources["requests"]!["memory"].ShouldNotBeNull();
            resources["limits"]!["memory"].ShouldNotBeNull();
        }
    }

    [Theory]
    [Rendered("base", "overlays/sidecar-on", "overlays/sidecar-off", "chart/sidecar-on", "chart/sidecar-off")]
    public async Task Settings_are_ones_that_the_program_reads(string folder)
    {
        foreach (var (_, container) in (await Manifests.RenderAsync(folder)).Containers)
        {
            var names = container["env"]?.AsArray().Select(each => $"{each!["name"]}") ?? [];
            var known = $"{container["image"]}".Contains("metering-proxy")
                ? KnownSettings.OfTheProxy
                : KnownSettings.OfTheLedger;
            names.Except(known).Except(KnownSettings.OfTheRuntime).ShouldBeEmpty($"{container["name"]}");
        }
    }

    [Theory]
    [Rendered("base", "overlays/sidecar-on", "overlays/sidecar-off", "chart/sidecar-on", "chart/sidecar-off")]
    public async Task Services_and_probes_lead_to_ports_that_containers_have(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var ports = manifests.Containers.SelectMany(each => PortsOf(each.Container)).ToHashSet();

        foreach (var service in manifests.Objects.Where(each => $"{each["kind"]}" == "Service"))
        {
            service["spec"]!["ports"]!.AsArray().Select(port => $"{port!["targetPort"]}").Except(ports).ShouldBeEmpty();
        }

        foreach (var (_, container) in manifests.Containers)
        {
            var probes = new[] { container["livenessProbe"], container["readinessProbe"] }.OfType<JsonNode>();
            probes.Select(probe => $"{(probe["httpGet"] ?? probe["tcpSocket"])!["port"]}").Except(PortsOf(container))
                .ShouldBeEmpty();
        }
    }

    [Theory]
    [Rendered("base", "overlays/sidecar-on", "overlays/sidecar-off", "chart/sidecar-on", "chart/sidecar-off")]
    public async Task Programs_that_serve_are_probed_where_they_answer(string folder)
    {
        var serving = (await Manifests.RenderAsync(folder)).Containers.Select(each => each.Container)
            .Where(container => IsOurs(container) && container["ports"] is not null);

        foreach (var container in serving)
        {
            string[] paths =
            [
                $"{container["livenessProbe"]!["httpGet"]!["path"]}",
                $"{container["readinessProbe"]!["httpGet"]!["path"]}",
            ];
            paths.ShouldBe(Probes, $"{container["name"]}");
        }
    }

    [Theory]
    [Rendered("base", "chart/sidecar-on")]
    public async Task The_ledger_may_lose_a_pod_and_is_never_told_to_lose_two(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var ledger = manifests.Find("Deployment", "ledger")["spec"]!;

        ((long)ledger["replicas"]!).ShouldBeGreaterThan(1);
        ((long)ledger["strategy"]!["rollingUpdate"]!["maxUnavailable"]!).ShouldBe(0);
        var disruption = manifests.Find("PodDisruptionBudget", "ledger")["spec"]!;
        ((long)disruption["maxUnavailable"]!).ShouldBe(1);
        disruption["selector"]!.ToJsonString().ShouldBe(ledger["selector"]!.ToJsonString());
    }

    [Theory]
    [Rendered("base", "chart/sidecar-on")]
    public async Task The_ledger_reaches_names_broker_and_database_and_nothing_else(string folder)
    {
        var policy = (await Manifests.RenderAsync(folder)).Find("NetworkPolicy", "ledger")["spec"]!;

        policy["policyTypes"]!.ToJsonString().ShouldBe("""["Ingress","Egress"]""");
        PortsOf(policy, "ingress").ShouldBe([8085]);
        PortsOf(policy, "egress").ShouldBe([53, 53, 4222, 5432]);
        policy["egress"]!.AsArray().ShouldAllBe(rule => rule!["to"]!.AsArray().Count == 1);
    }

    [Theory]
    [Rendered("base", "chart/sidecar-on")]
    public async Task Only_the_job_that_migrates_has_the_password_of_the_tables_owner(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);

        manifests.Containers.Where(each => each.Pod["volumes"]?.ToJsonString().Contains("ledger-owner") == true)
            .Select(each => $"{each.Container["name"]}").ShouldBe(["migrate"]);
        manifests.Container("migrate")["volumeMounts"]!.ToJsonString().ShouldContain("/run/secrets/ledger-owner");
        manifests.Find("Job", "ledger-migrate").ToJsonString().ShouldNotContain("\"secretName\":\"ledger\"");
    }

    [ToolFact("kubectl")]
    public async Task The_schema_is_made_by_a_job_that_has_the_database_alone()
    {
        var manifests = await Manifests.RenderAsync("base");
        var job = manifests.Find("Job", "ledger-migrate")["spec"]!;

        manifests.Container("migrate")["args"]!.ToJsonString().ShouldBe("""["migrate"]""");
        manifests.Container("migrate")["env"]!.ToJsonString().ShouldNotContain("JWT");
        job["template"]!["spec"]!["restartPolicy"]!.ToString().ShouldBe("OnFailure");
        job["ttlSecondsAfterFinished"].ShouldNotBeNull();
    }

    [Theory]
    [Rendered("base", "overlays/sidecar-on", "chart/sidecar-on")]
    public async Task Monitors_ask_a_port_of_a_service_for_its_metrics(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var services = manifests.Objects.Where(each => $"{each["kind"]}" == "Service").ToArray();

        foreach (var monitor in manifests.Objects.Where(each => $"{each["kind"]}" == "ServiceMonitor"))
        {
            var wanted = monitor["spec"]!["selector"]!["matchLabels"]!.AsObject();
            var service = services.Single(each => wanted.All(
                label => $"{each["metadata"]!["labels"]![label.Key]}" == $"{label.Value}"));
            var endpoint = monitor["spec"]!["endpoints"]!.AsArray().ShouldHaveSingleItem()!;
            $"{endpoint["path"]}".ShouldBe("/metrics");
            service["spec"]!["ports"]!.AsArray().Select(port => $"{port!["name"]}")
                .ShouldContain($"{endpoint["port"]}");
        }
    }

    [Fact]
    public void No_secret_is_in_the_files() => ProjectFiles.Below("ops/kubernetes", "*.yaml")
        .Where(file => Yaml.ReadAll(ProjectFiles.Read(file)).Any(each => each is JsonObject && IsSecret(each)))
        .ShouldBeEmpty();

    private static bool IsSecret(JsonNode each) => $"{each["kind"]}" == "Secret" || each["secretGenerator"] is not null;

    private static bool IsOurs(JsonNode container) => $"{container["image"]}".StartsWith("eventledger/");

    private static IEnumerable<string> PortsOf(JsonNode container) =>
        container["ports"]?.AsArray().Select(port => $"{port!["name"]}") ?? [];

    private static IEnumerable<long> PortsOf(JsonNode policy, string way) =>
        from rule in policy[way]!.AsArray()
        from port in rule!["ports"]!.AsArray()
        select (long)port!["port"]!;
}
