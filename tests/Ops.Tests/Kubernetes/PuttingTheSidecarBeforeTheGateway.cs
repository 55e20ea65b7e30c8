using System.Text.Json.Nodes;
using EventLedger.Ops.Tests.Files;
using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Publishing;

namespace EventLedger.Ops.Tests.Kubernetes;

public class PuttingTheSidecarBeforeTheGateway
{
    // Words of which each would be a trace.
    private static readonly string[] Traces =
        ["meter", "sidecar", "spool", "proxy", "8086", "3001", "NATS_PUBLISH_TIMEOUT", "PRICE", "persistentVolume"];

    [ToolFact("kubectl")]
    public async Task The_sidecar_is_the_first_container_and_the_gateway_the_next()
    {
        var pod = (await SidecarOnAsync()).Find("Deployment", "gateway")["spec"]!["template"]!["spec"]!;

        pod["containers"]!.AsArray().Select(each => $"{each!["name"]}").ShouldBe(["metering-sidecar", "gateway"]);
        pod["initContainers"].ShouldBeNull();
    }

    [ToolFact("kubectl")]
    public async Task What_the_cluster_calls_is_metered_and_the_admin_port_is_the_gateways_own()
    {
        var manifests = await SidecarOnAsync();
        var ports = manifests.Find("Service", "gateway")["spec"]!["ports"]!.AsArray();

        ports.Select(port => ((long)port!["port"]!, ContainerPort(manifests, $"{port["targetPort"]}")))
            .ShouldBe([(3000, ("metering-sidecar", 8086)), (3001, ("gateway", 3000))]);
    }

    [ToolFact("kubectl")]
    public async Task The_sidecar_sends_to_the_gateway_beside_it()
    {
        var sidecar = (await SidecarOnAsync()).Container("metering-sidecar");

        Manifests.ValueOf(sidecar, "NEWAPI_UPSTREAM_URL").ShouldBe("http://localhost:3000");
        Manifests.ValueOf(sidecar, "LISTEN_PORT").ShouldBe("8086");
    }

    [ToolFact("kubectl")]
    public async Task The_spool_outlives_the_pod_and_has_one_owner()
    {
        var manifests = await SidecarOnAsync();
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

    [ToolFact("kubectl")]
    public async Task A_stopping_pod_keeps_the_gateway_for_as_long_as_the_sidecar_may_need_it()
    {
        var manifests = await SidecarOnAsync();
        var pod = manifests.Find("Deployment", "gateway")["spec"]!["template"]!["spec"]!;
        var untilGateway = TimeBeforeStop(manifests.Container("gateway"));
        var untilAnswered = TimeBeforeStop(manifests.Container("metering-sidecar")) + ShutdownGrace.TimeMax;
        var grace = TimeSpan.FromSeconds((long)pod["terminationGracePeriodSeconds"]!);

        untilGateway.ShouldBeGreaterThan(untilAnswered);
        grace.ShouldBeGreaterThan(untilGateway);
        grace.ShouldBeGreaterThan(untilAnswered + SpoolPublisher.StopTimeMax);
    }

    [ToolFact("kubectl")]
    public async Task Everybody_reaches_the_sidecar_and_administrators_alone_the_gateway()
    {
        var manifests = await SidecarOnAsync();
        var metered = manifests.Find("NetworkPolicy", "gateway-metering")["spec"]!["ingress"]!.AsArray();
        var direct = manifests.Find("NetworkPolicy", "gateway")["spec"]!["ingress"]!.AsArray();

        metered.ShouldHaveSingleItem()!["ports"]!.ToJsonString().ShouldBe("""[{"port":8086,"protocol":"TCP"}]""");
        var rule = direct.ShouldHaveSingleItem()!;
        rule["ports"]!.ToJsonString().ShouldBe("""[{"port":3000,"protocol":"TCP"}]""");
        rule["from"]!.AsArray().ShouldAllBe(from => from!["podSelector"]!["matchLabels"] != null);
    }

    [ToolFact("kubectl")]
    public async Task The_pod_reaches_the_brokers_namespace_and_its_port_alone()
    {
        var manifests = await SidecarOnAsync();
        var policy = manifests.Find("NetworkPolicy", "gateway-metering")["spec"]!;
        var rule = policy["egress"]!.AsArray().ShouldHaveSingleItem()!;

        rule["to"]!.ToJsonString()
            .ShouldBe("""[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"nats"}}}]""");
        rule["ports"]!.ToJsonString().ShouldBe("""[{"port":4222,"protocol":"TCP"}]""");
        policy["podSelector"]!["matchLabels"]!.ToJsonString().ShouldBe(
            manifests.Find("Deployment", "gateway")["spec"]!["selector"]!["matchLabels"]!.ToJsonString());
    }

    [ToolFact("kubectl")]
    public async Task Turned_off_it_leaves_no_trace()
    {
        var manifests = await Manifests.RenderAsync("overlays/sidecar-off");

        Traces.Where(trace => manifests.Text.Contains(trace, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
        manifests.Find("Deployment", "gateway")["spec"]!["template"]!["spec"]!["containers"]!.AsArray()
            .ShouldHaveSingleItem();
        var port = manifests.Find("Service", "gateway")["spec"]!["ports"]!.AsArray().ShouldHaveSingleItem()!;
        ((long)port["port"]!, ContainerPort(manifests, $"{port["targetPort"]}")).ShouldBe((3000, ("gateway", 3000)));
    }

    private static Task<Manifests> SidecarOnAsync() => Manifests.RenderAsync("overlays/sidecar-on");

    private static (string Container, long Port) ContainerPort(Manifests manifests, string name) => (
        from container in manifests.Containers.Select(each => each.Container)
        from port in container["ports"]?.AsArray() ?? []
        where $"{container["name"]}" is "gateway" or "metering-sidecar" && $"{port!["name"]}" == name
        select ($"{container["name"]}", (long)port!["containerPort"]!)).Single();

    private static TimeSpan TimeBeforeStop(JsonNode container) =>
        TimeSpan.FromSeconds((long)container["lifecycle"]!["preStop"]!["sleep"]!["seconds"]!);
}
