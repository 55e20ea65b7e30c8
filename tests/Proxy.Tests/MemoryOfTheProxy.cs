using System.Text;
using EventLedger.Embedded.Running;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;
using Xunit.Abstractions;

namespace EventLedger.Proxy.Tests;

public class MemoryOfTheProxy(ITestOutputHelper output)
{
    private const long Mib = 1024 * 1024;
    private const int Mebibytes = 100;
    private const int Chunks = 100_000;
    private const string Word =
        "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"word\"}}],\"usage\":null}\n\n";
    private const string End = "data: {\"choices\":[],\"usage\":{\"total_tokens\":15}}\n\ndata: [DONE]\n\n";

    // With the runtime's default, and as it is deployed.
    public static TheoryData<string> FirstGenerations => new("0", FirstGeneration.Bytes);

    [Theory]
    [MemberData(nameof(FirstGenerations))]
    public async Task It_is_the_same_for_bodies_of_any_size(string firstGeneration)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.Start(AnswerAsync);
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, broker.Server.Url, TestFolder.Make("spool"), (FirstGeneration.Variable, firstGeneration));
        await ReceiveAsync(proxy, "/v1/warm/json");
        var before = proxy.ResidentBytes;

        (await ReceiveAsync(proxy, "/v1/large/json")).ShouldBeGreaterThan(Mebibytes * Mib);
        await UploadAsync(proxy, 2 * Mebibytes * Mib);
        (await ReceiveAsync(proxy, "/v1/many/chunks")).ShouldBeGreaterThan(Chunks * Word.Length);

        var grown = proxy.ResidentBytes - before;
        output.WriteLine($"bodies: {grown / 1024} KiB more");
        grown.ShouldBeLessThan(16 * Mib);
        await broker.HasAsync(4);
        broker.Published.ShouldAllBe(published => published.Envelope.TokensUsed == 15);
    }

    [Theory]
    [MemberData(nameof(FirstGenerations))]
    public async Task Five_hundred_streams_at_once_take_little(string firstGeneration)
    {
        const int Streams = 500;
        var begun = 0;
        var goOn = new TaskCompletionSource();
        await using var broker = await TestBroker.StartAsync();
        await using var upstream = Upstream.Start(async call =>
        {
            await call.ReadBodyAsync();
            await call.BeginChunksAsync("text/event-stream");
            await call.SendChunkAsync(Word);
            Interlocked.Increment(ref begun);
            await goOn.Task;
            await call.SendChunkAsync(End);
            await call.EndChunksAsync();
        });
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, broker.Server.Url, TestFolder.Make("spool"), (FirstGeneration.Variable, firstGeneration));
        var before = proxy.ResidentBytes;

        var streams = Task.WhenAll(Enumerable.Range(0, Streams).Select(
            _ => Client.SendOnceAsync(proxy.Port, "/v1/chat/completions", """{"stream":true}""")));
        await Eventually.HoldsAsync(() => begun == Streams);
        var grown = proxy.ResidentBytes - before;
        output.WriteLine($"{Streams} streams: {grown / 1024} KiB more");
        goOn.SetResult();

        (await streams).ShouldAllBe(response => response.Text.EndsWith("data: [DONE]\n\n"));
        grown.ShouldBeLessThan(64 * Mib);
        await broker.HasAsync(Streams);
    }

    // A size that the runtime doesn't hear of would show in nothing but the slowest hundredth.
    [Fact]
    public async Task The_first_generation_is_as_large_as_the_runtime_is_told()
    {
        var byDefault = await GrownUnderLoadAsync("0");
        var asDeployed = await GrownUnderLoadAsync(FirstGeneration.Bytes);

        output.WriteLine($"under load: {byDefault / 1024} KiB more by default, {asDeployed / 1024} KiB as deployed");
        asDeployed.ShouldBeGreaterThan(byDefault + (16 * Mib));
    }

    // Allocates more than the first generation holds, some kilobytes for each request. With one processor, as it is
    // measured: with more, the runtime chooses between several heaps as it runs.
    private static async Task<long> GrownUnderLoadAsync(string firstGeneration)
    {
        const int Clients = 8;
        const int RequestsOfEach = 2500;
        await using var upstream = Upstream.StartJson("""{"usage":{"total_tokens":15}}""");
        await using var proxy = await ProxyProcess.StartAsync(
            upstream, "nats://127.0.0.1:1", TestFolder.Make("spool"),
            (FirstGeneration.Variable, firstGeneration), ("DOTNET_PROCESSOR_COUNT", "1"));
        var before = proxy.ResidentBytes;

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using var client = await Client.ConnectAsync(proxy.Port);

            for (var n = 0; n < RequestsOfEach; n++)
            {
                await client.SendAsync("/v1/embeddings");
                await client.CountBodyAsync();
            }
        }));

        return proxy.ResidentBytes - before;
    }

    private static Task AnswerAsync(UpstreamCall call) => call.Head.Target switch
    {
        "/v1/large/json" => AnswerJsonAsync(call, Mebibytes),
        "/v1/many/chunks" => AnswerChunksAsync(call, Chunks),
        _ => AnswerJsonAsync(call, 1),
    };

    private static async Task AnswerJsonAsync(UpstreamCall call, int mebibytes)
    {
        const string Frame = """{"data":"*","usage":{"total_tokens":15}}""";
        var body = Encoding.UTF8.GetBytes(Frame.Replace("*", new string('x', (int)Mib)));
        var length = body.Length + ((mebibytes - 1) * Mib);
        var filler = body.AsMemory(9, (int)Mib);
        await call.DiscardBodyAsync();
        await call.SendAsync(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        await call.SendAsync(body.AsMemory(0, 9));

        for (var n = 1; n < mebibytes; n++)
        {
            await call.SendAsync(filler);
        }

        await call.SendAsync(body.AsMemory(9));
    }

    private static async Task AnswerChunksAsync(UpstreamCall call, int chunks)
    {
        await call.DiscardBodyAsync();
        await call.BeginChunksAsync("text/event-stream");

        for (var n = 0; n < chunks; n++)
        {
            await call.SendChunkAsync(Word);
        }

        await call.SendChunkAsync(End);
        await call.EndChunksAsync();
    }

    private static async Task<long> ReceiveAsync(ProxyProcess proxy, string path)
    {
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendAsync(path);
        return await client.CountBodyAsync();
    }

    private static async Task UploadAsync(ProxyProcess proxy, long bytes)
    {
        var piece = new string('u', (int)Mib);
        using var client = await Client.ConnectAsync(proxy.Port);
        await client.SendTextAsync(
            $"POST /v1/upload HTTP/1.1\r\nHost: x\r\nx-customer-id: c\r\nContent-Length: {bytes}\r\n\r\n");

        for (var sent = 0L; sent < bytes; sent += Mib)
        {
            await client.SendTextAsync(piece);
        }

        await client.CountBodyAsync();
    }
}
