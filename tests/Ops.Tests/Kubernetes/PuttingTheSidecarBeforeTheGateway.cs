using System.Text.Json.Nodes;
using EventLedger.Embedded.Running;
using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Publishing;

namespace EventLedger.Ops.Tests.Kubernetes;

public class PuttingTheSidecarBeforeTheGateway
{
    // Words of which each would be a trace.
    private static readonly string[] Traces =
        ["meter", "sidecar", "spool", "proxy", "8086", "3001", "NATS_PUBLISH_TIMEOUT", "PRICE", "persistentVolume"];

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task The_proxy_collects_as_seldom_as_it_is_measured_with(string folder) =>
        Manifests.ValueOf(
                (await Manifests.RenderAsync(folder)).Container("metering-sidecar"), FirstGeneration.Variable)
            .ShouldBe(FirstGeneration.Bytes);

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task The_sidecar_is_the_first_container_and_the_gateway_the_next(string folder)
    {
        var pod = (await Manifests.RenderAsync(folder)).Find("Deployment", "gateway")["spec"]!["template"]!["spec"]!;

        pod["containers"]!.AsArray().Select(each => $"{each!["name"]}").ShouldBe(["metering-sidecar", "gateway"]);
        pod["initContainers"].ShouldBeNull();
    }

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task What_the_cluster_calls_is_metered_and_the_admin_port_is_the_gateways_own(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var ports = manifests.Find("Service", "gateway")["spec"]!["ports"]!.AsArray();

        ports.Select(port => ((long)port!["port"]!, ContainerPort(manifests, $"{port["targetPort"]}")))
            .ShouldBe([(3000, ("metering-sidecar", 8086)), (3001, ("gateway", 3000))]);
    }

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task The_sidecar_sends_to_the_gateway_beside_it(string folder)
    {
        var sidecar = (await Manifests.RenderAsync(folder)).Container("metering-sidecar");

        Manifests.ValueOf(sidecar, "NEWAPI_UPSTREAM_URL").ShouldBe("http://localhost:3000");
        Manifests.ValueOf(sidecar, "LISTEN_PORT").ShouldBe("8086");
    }

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task The_spool_outlives_the_pod_and_has_one_owner(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var deployment = manifests.Find("Deployment", "gateway")["spec"]!;
        var sidecar = manifests.Container("metering-sidecar");
        var volume = deployment["template"]!["spec"]!["volumes"]!.AsArray()
            .Single(each => $"{each!["name"]}" == "spool")!;
        var mount = sidecar["volumeMounts"]!.AsArray().Single(each => $"{each!["name"]}" == "spool")!;

        var claim = $"{volume["persistentVolumeClaim"]!["claimName"]}";
        manifests.Find("PersistentVolumeClaim", claim)["spec"]!["accessModes"]!.ToJsonString()
            .ShouldBe("""["ReadWriteOnce"]""");
        Manifests.ValueOf(sidecar, "SPOOL_DIR").ShouldStartWith($"{mount["mountPath"]}/");
        ((long)deployment["replicas"]!).ShouldBe(1);
        $"{deployment["strategy"]!["type"]}".ShouldBe("Recreate");
        ((long)deployment["template"]!["spec"]!["securityContext"]!["fsGroup"]!).ShouldBe(1654);
    }

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task A_stopping_pod_keeps_the_gateway_for_as_long_as_the_sidecar_may_need_it(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var pod = manifests.Find("Deployment", "gateway")["spec"]!["template"]!["spec"]!;
        var untilGateway = TimeBeforeStop(manifests.Container("gateway"));
        var untilAnswered = TimeBeforeStop(manifests.Container("metering-sidecar")) + ShutdownGrace.TimeMax;
        var grace = TimeSpan.FromSeconds((long)pod["terminationGracePeriodSeconds"]!);

        untilGateway.ShouldBeGreaterThan(untilAnswered);
        grace.ShouldBeGreaterThan(untilGateway);
        grace.ShouldBeGreaterThan(untilAnswered + SpoolPublisher.StopTimeMax);
    }

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task Everybody_reaches_the_sidecar_and_administrators_alone_the_gateway(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var metered = manifests.Find("NetworkPolicy", "gateway-metering")["spec"]!["ingress"]!.AsArray();
        var direct = manifests.Find("NetworkPolicy", "gateway")["spec"]!["ingress"]!.AsArray();

        PortsOf(metered.ShouldHaveSingleItem()!).ShouldBe([("TCP", 8086)]);
        var rule = direct.ShouldHaveSingleItem()!;
        PortsOf(rule).ShouldBe([("TCP", 3000)]);
        rule["from"]!.AsArray().ShouldAllBe(from => from!["podSelector"]!["matchLabels"] != null);
    }

    [Theory]
    [Rendered("overlays/sidecar-on", "chart/sidecar-on")]
    public async Task The_pod_reaches_the_brokers_namespace_and_its_port_alone(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);
        var policy = manifests.Find("NetworkPolicy", "gateway-metering")["spec"]!;
        var rule = policy["egress"]!.AsArray().ShouldHaveSingleItem()!;

        rule["to"]!.ToJsonString()
            .ShouldBe("""[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"nats"}}}]""");
        PortsOf(rule).ShouldBe([("TCP", 4222)]);
        policy["podSelector"]!["matchLabels"]!.ToJsonString().ShouldBe(
            manifests.Find("Deployment", "gateway")["spec"]!["selector"]!["matchLabels"]!.ToJsonString());
    }

    [Theory]
    [Rendered("overlays/sidecar-off", "chart/sidecar-off")]
    public async Task Turned_off_it_leaves_no_trace(string folder)
    {
        var manifests = await Manifests.RenderAsync(folder);

        Traces.Where(trace => manifests.Text.Contains(trace, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
        manifests.Find("Deployment", "gateway")["spec"]!["template"]!["spec"]!["containers"]!.AsArray()
            .ShouldHaveSingleItem();
        var port = manifests.Find("Service", "gateway")["spec"]!["ports"]!.AsArray().ShouldHaveSingleItem()!;
        ((long)port["port"]!, ContainerPort(manifests, $"{port["targetPort"]}")).ShouldBe((3000, ("gateway", 3000)));
    }

    private static (string Container, long Port) ContainerPort(Manifests manifests, string name) => (
        from container in manifests.Containers.Select(each => each.Container)
        from port in container["ports"]?.AsArray() ?? []
        where $"{container["name"]}" is "gateway" or "metering-sidecar" && $"{port!["name"]}" == name
        select ($"{container["name"]}", (long)port!["containerPort"]!)).Single();

    private static IEnumerable<(string Protocol, long Port)> PortsOf(JsonNode rule) =>
        rule["ports"]!.AsArray().Select(port => ($"{port!["protocol"]}", (long)port["port"]!));

    private static TimeSpan TimeBeforeStop(JsonNode container) =>
        TimeSpan.FromSeconds((long)container["lifecycle"]!["preStop"]!["sleep"]!["seconds"]!);
}
