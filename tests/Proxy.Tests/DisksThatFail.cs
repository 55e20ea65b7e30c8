using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class DisksThatFail
{
    private const string Usage = """{"model":"m","usage":{"total_tokens":15}}""";
    private static readonly TimeSpan HeldTimeMax = TimeSpan.FromSeconds(30);

    [RootFact]
    public async Task A_full_disk_costs_nothing_while_memory_holds()
    {
        using var disk = TestDisk.InMemory("128k");
        await using var server = await TestNats.StartAsync();
        await server.KillAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(
            upstream, ("NATS_URL", server.Url), ("SPOOL_DIR", Path.Combine(disk.Folder, "spool")));

        await RequestAsync(proxy, 500);
        proxy.Spool.Counters.WriteFailures.Value.ShouldBeGreaterThan(0);
        proxy.Spool.InMemory.ShouldBeGreaterThan(0);
        await server.RestartAsync();

        await using var broker = await TestBroker.ReadAsync(server);
        await broker.HasAsync(500);
        await Eventually.HoldsAsync(() => proxy.Spool.Waiting == 0);
        await Eventually.HoldsAsync(async () =>
        {
            await RequestAsync(proxy, 1);
            return !proxy.Spool.IsDiskUnwell;
        });
        proxy.Spool.Counters.Lost.Value.ShouldBe(0);
    }

    [RootFact]
    public async Task What_memory_cannot_hold_either_is_counted_and_the_traffic_goes_on()
    {
        using var disk = TestDisk.InMemory("64k");
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(
            upstream, ("SPOOL_DIR", disk.Folder), ("SPOOL_MEMORY_MAX_BYTES", "65536"));

        await RequestAsync(proxy, 500);

        var metrics = await proxy.MetricsAsync();
        var lost = metrics["spool_drop_fatal"]!.GetValue<long>();
        lost.ShouldBeGreaterThan(0);
        (lost + metrics["spool_waiting"]!.GetValue<long>()).ShouldBe(500);
    }

    [RootFact]
    public async Task A_folder_that_is_read_only_from_the_start_costs_nothing()
    {
        using var disk = TestDisk.InMemory("1m");
        disk.MakeReadOnly();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting, ("SPOOL_DIR", disk.Folder));

        await RequestAsync(proxy, 50);

        await broker.HasAsync(50);
        proxy.Spool.Store.ShouldBeNull();
        (await Client.SendOnceAsync(proxy.Port, "/readyz", "", method: "GET")).Text.ShouldContain("spool=memory");
    }

    [Fact]
    public async Task A_folder_that_can_be_used_only_later_is_used_from_then_on()
    {
        var parent = Path.Combine(TestFolder.Make("later"), "parent");
        await File.WriteAllTextAsync(parent, "a file where a folder should be");
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(
            upstream, broker.Setting, ("SPOOL_DIR", Path.Combine(parent, "spool")));
        var requests = 50;
        await RequestAsync(proxy, requests);
        await broker.HasAsync(requests);
        proxy.Spool.IsDiskUnwell.ShouldBeTrue();

        File.Delete(parent);
        await Eventually.HoldsAsync(async () =>
        {
            await RequestAsync(proxy, 1);
            requests++;
            return !proxy.Spool.IsDiskUnwell;
        });
        await RequestAsync(proxy, 50);

        await broker.HasAsync(requests + 50);
        proxy.Spool.Counters.Written.Value.ShouldBeGreaterThanOrEqualTo(50);
        broker.Published.Select(published => (published.Envelope.Epoch, published.Envelope.Sequence)).Distinct().Count()
            .ShouldBe(requests + 50);
        broker.Published.Max(published => published.Envelope.Sequence).ShouldBe(requests + 50);
    }

    [RootFact]
    public async Task A_disk_that_turns_read_only_while_the_proxy_runs_costs_nothing()
    {
        using var disk = TestDisk.InFile();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting, ("SPOOL_DIR", disk.Folder));
        await RequestAsync(proxy, 50);
        await broker.HasAsync(50);

        disk.BreakIntoReadOnly();
        await RequestAsync(proxy, 200);

        await broker.HasAsync(250);
        proxy.Spool.IsDiskUnwell.ShouldBeTrue();
        proxy.Spool.Counters.WriteFailures.Value.ShouldBeGreaterThan(0);
        proxy.Spool.Counters.Lost.Value.ShouldBe(0);
    }

    [RootFact]
    public async Task A_disk_that_hangs_holds_no_client_and_costs_nothing()
    {
        using var disk = TestDisk.InFile();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);
        await using var proxy = await TestProxy.StartAsync(upstream, broker.Setting, ("SPOOL_DIR", disk.Folder));
        await RequestAsync(proxy, 50);
        await broker.HasAsync(50);

        disk.Freeze();

        try
        {
            // All of them answered, and published from memory, while the disk still hangs.
            await RequestAsync(proxy, 200);
            await broker.HasAsync(250);
        }
        finally
        {
            disk.Thaw();
        }

        await Eventually.HoldsAsync(() => !proxy.Spool.IsDiskUnwell && proxy.Spool.Waiting == 0);
        await RequestAsync(proxy, 50);
        await broker.HasAsync(300);
    }

    [RootFact]
    public async Task A_disk_that_hangs_holds_no_client_where_there_is_one_processor()
    {
        using var disk = TestDisk.InFile();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.StartJson(Usage);

        // The pool makes up for no thread that is held, so what lacks one waits until the test gives up.
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, broker.Server.Url, disk.Folder,
            ("DOTNET_PROCESSOR_COUNT", "1"), ("DOTNET_ThreadPool_DisableStarvationDetection", "1"));
        await RequestAsync(proxy.Port, 50);
        await broker.HasAsync(50);

        disk.Freeze();

        try
        {
            await RequestAsync(proxy.Port, 200).WaitAsync(HeldTimeMax);
            await broker.HasAsync(250);
        }
        finally
        {
            disk.Thaw();
        }

        await RequestAsync(proxy.Port, 50);
        await broker.HasAsync(300);
    }

    private static Task RequestAsync(TestProxy proxy, int count) => RequestAsync(proxy.Port, count);

    private static Task RequestAsync(int port, int count) => Parallel.ForAsync(
        0, count, async (_, _) => (await Client.SendOnceAsync(port, "/v1/embeddings")).Text.ShouldBe(Usage));
}
