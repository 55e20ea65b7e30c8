using EventLedger.Testing.Forges;

namespace EventLedger.Ledger.Tests.Nodes;

public class ReconcilingRails
{
    [Fact]
    public async Task What_only_one_rail_carried_is_listed()
    {
        var repository = BareRepository.Make();
        await using var node = await StartAsync(repository);
        await using var central = await StartAsync(repository);

        foreach (var key in (string[])["both", "forge", "pulled first"])
        {
            await node.RecordUsageAsync(NodeUsage.Of(key));
        }

        await node.PushAsync();
        await central.RecordAsync(EnvelopeOf("both"), 200);
        await central.RecordAsync(EnvelopeOf("envelope\\n"), 200);
        (await central.RunAsync("pull-usage", "--once")).ExitCode.ShouldBe(0);
        (await central.RecordAsync(EnvelopeOf("pulled first"), 200))
            .GetProperty("duplicate").GetBoolean().ShouldBeTrue();

        var (exitCode, output) = await central.RunAsync(
            "reconcile", "--from", "2020-01-01", "--to", "2100-01-01", "--output", "csv");

        exitCode.ShouldBe(0);
        output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).ShouldBe([
            "only,node_id,idempotency_key,customer_id,amount,asset,position",
            "envelope,node-a,\"envelope\n\",u-1,-12,USD/2,3",
            "forge,node-a,forge,u-1,-12,USD/2,4",
        ]);
        (await central.RunAsync("reconcile", "--from", "2020-01-01", "--to", "2020-01-02", "--output", "json")).Output
            .ShouldBe("[]\n");
        (await central.RunAsync("reconcile", "--from", "soon", "--to", "2020-01-02")).ExitCode.ShouldBe(2);
    }

    private static Task<LedgerHost> StartAsync(BareRepository repository) =>
        NodeUsage.StartAsync(("FORGE_URL", repository.Url), ("PUSH_INTERVAL", "0"));

    private static string EnvelopeOf(string key)
    {
        var metadata = $"""
            "request_id":"r-{key}","node_id":"node-a","idempotency_key":"{key}","amount":-12,"asset":"USD/2",
            "tenant_id":"t"
            """;
        return $$"""{"customer_id":"u-1","reason":"usage:newapi:m","metadata":{ {{metadata}} } }""";
    }
}
