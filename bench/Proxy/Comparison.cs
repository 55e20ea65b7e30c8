using System.Diagnostics;
using EventLedger.Contracts;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Proxy.Bench;

/// <summary>The proxy beside bare YARP, and nginx where it is installed: runs in turn, medians, ratios.</summary>
internal static class Comparison
{
    private const int Runs = 5;
    private const int Connections = 64;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    // A run is made of short turns: what slows the machine down for seconds slows all down alike.
    private const int TurnsPerRun = 6;
    private static readonly TimeSpan TurnTime = TimeSpan.FromSeconds(1);

    // What others have pushed out of the processors' caches comes back before anything is counted.
    private static readonly TimeSpan LeadIn = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(60);
    private static readonly (string Part, string Name, string Path)[] Shapes =
        [("json", "2 KiB JSON", "/v1/embeddings"), ("stream", "200 chunks", "/v1/chat/completions")];

    /// <summary>
    /// Prints the rows of the parts whose names begin with <paramref name="only"/>. Apart means that what is compared
    /// has one processor to itself, which is then what bounds it, and the upstream, the load and the broker the others.
    /// </summary>
    public static async Task<int> RunAsync(string only, bool isApart)
    {
        if (isApart && OperatingSystem.IsLinux())
        {
            const int Own = 0;
            Server.Own = Own;
            using var self = Process.GetCurrentProcess();
            self.ProcessorAffinity = ((1 << Environment.ProcessorCount) - 1) & ~(1 << Own);
        }

        await using var broker = await TestNats.StartAsync();
        await MakeStreamAsync(broker.Url);
        var upstream = FreePort.Next();
        using var upstreamProcess = Server.StartUpstream(upstream);
        var ports = (Bare: FreePort.Next(), Proxy: FreePort.Next());
        using var bare = Server.StartBare(ports.Bare, upstream);
        using var proxy = Server.StartProxy(ports.Proxy, upstream, broker.Url);
        using var nginx = Server.StartNginx(FreePort.Next(), upstream);
        Server[] servers = nginx is null ? [bare, proxy] : [bare, proxy, nginx];
        await Eventually.HoldsAsync(upstreamProcess.AnswersAsync);

        foreach (var (part, name, path) in Shapes)
        {
            bool IsWanted(object load) => $"{part}-{load}".StartsWith(only, StringComparison.Ordinal);
            int[] loads = [.. new[] { 1, Connections, 256 }.Where(load => IsWanted(load))];
            var isLatencyWanted = IsWanted("half");

            if (loads is [] && !isLatencyWanted)
            {
                continue;
            }

            await WarmUpAsync(servers, path);

            foreach (var connections in loads)
            {
                await CompareThroughputAsync(servers, name, path, connections);
            }

            if (isLatencyWanted)
            {
                await CompareLatencyAsync(servers, name, path);
            }
        }

        if ("chunk".StartsWith(only, StringComparison.Ordinal))
        {
            await WarmUpAsync(servers, ChunkDelays.Path);
            await CompareChunksAsync(servers);
        }

        return 0;
    }

    // All at once would leave less of the processor to each than compiling takes.
    private static async Task WarmUpAsync(Server[] servers, string path)
    {
        foreach (var server in servers)
        {
            await Eventually.HoldsAsync(server.AnswersAsync);
            await Load.RunAsync(server.Port, path, Connections, WarmUp);
        }
    }

    private static async Task CompareThroughputAsync(
        Server[] servers, string name, string path, int connections)
    {
        var measured = servers.Select(_ => new List<(double PerSecond, double CpuMicros)>()).ToArray();

        for (var run = 0; run < Runs; run++)
        {
            var turns = servers.Select(_ => new List<(double PerSecond, double CpuMicros)>()).ToArray();

            for (var turn = 0; turn < TurnsPerRun; turn++)
            {
                foreach (var n in Turn(turn, servers.Length))
                {
                    await Load.RunAsync(servers[n].Port, path, connections, LeadIn);
                    var (result, cpu) = await WithCpuAsync(
                        servers[n], () => Load.RunAsync(servers[n].Port, path, connections, TurnTime), TurnTime);
                    turns[n].Add((result.PerSecond, cpu));
                }
            }

            for (var n = 0; n < servers.Length; n++)
            {
                measured[n].Add((
                    turns[n].Average(turn => turn.PerSecond),
                    turns[n].Sum(turn => turn.CpuMicros * turn.PerSecond) / turns[n].Sum(turn => turn.PerSecond)));
            }
        }

        for (var n = 0; n < servers.Length; n++)
        {
            var pairs = measured[n].Zip(measured[0]).ToArray();
            Console.WriteLine(
                $"{name,-10} {connections,3} connections {servers[n].Name,-6}"
                + $" {Median(measured[n], m => m.PerSecond):0}/s"
                + $" ({measured[n].Min(m => m.PerSecond):0} to {measured[n].Max(m => m.PerSecond):0})"
                + $" ratio {Spread(pairs, pair => pair.First.PerSecond / pair.Second.PerSecond)};"
                + $" CPU {Median(measured[n], m => m.CpuMicros):0.0} us"
                + $" ratio {Spread(pairs, pair => pair.First.CpuMicros / pair.Second.CpuMicros)}");
        }
    }

    // The processor time of one request, besides what was measured.
    private static async Task<(LoadResult Result, double CpuMicros)> WithCpuAsync(
        Server server, Func<Task<LoadResult>> run, TimeSpan time)
    {
        var before = server.CpuTime;
        var result = await run();
        return (result, (server.CpuTime - before).TotalMicroseconds / (result.PerSecond * time.TotalSeconds));
    }

    // Whoever comes first in one run comes later in the next: a machine that slows down favours nobody.
    private static IEnumerable<int> Turn(int run, int count) =>
        Enumerable.Range(0, count).Select(n => (n + run) % count);

    // Ratios of neighbours in time, so that a slow minute is in both.
    private static string Spread<T>(IReadOnlyList<T> values, Func<T, double> of) =>
        $"{Median(values, of):0.000} ({values.Min(of):0.000} to {values.Max(of):0.000})";

    private static async Task CompareLatencyAsync(Server[] servers, string name, string path)
    {
        var half = (await Load.RunAsync(servers[0].Port, path, Connections, Duration)).PerSecond / 2;
        var measured = servers.Select(_ => new List<(LoadResult Load, double CpuMicros)>()).ToArray();

        for (var run = 0; run < Runs; run++)
        {
            foreach (var n in Turn(run, servers.Length))
            {
                measured[n].Add(await WithCpuAsync(
                    servers[n],
                    () => PacedLoad.RunAsync(servers[n].Port, path, Connections, Duration, half),
                    Duration));
            }
        }

        var baseline = (
            Median: Median(measured[0], m => m.Load.MedianMs), P99: Median(measured[0], m => m.Load.P99Ms));

        for (var n = 0; n < servers.Length; n++)
        {
            var (median, p99) = (Median(measured[n], m => m.Load.MedianMs), Median(measured[n], m => m.Load.P99Ms));
            var pairs = measured[n].Zip(measured[0]).ToArray();
            Console.WriteLine(
                $"{name,-10} half load ({half:0}/s) {servers[n].Name,-6} median {median:0.000} ms"
                + $" (added {median - baseline.Median:0.000}), p99 {p99:0.000} ms (added {p99 - baseline.P99:0.000});"
                + $" CPU {Median(measured[n], m => m.CpuMicros):0.0} us"
                + $" ratio {Spread(pairs, pair => pair.First.CpuMicros / pair.Second.CpuMicros)}");
        }
    }

    private static async Task CompareChunksAsync(Server[] servers)
    {
        var measured = servers.Select(_ => new List<double[]>()).ToArray();

        for (var run = 0; run < Runs; run++)
        {
            foreach (var n in Turn(run, servers.Length))
            {
                measured[n].Add(await ChunkDelays.MeasureAsync(servers[n].Port, Connections));
            }
        }

        var baseline = (Median: Median(measured[0], AtHalf), P99: Median(measured[0], AtP99));

        for (var n = 0; n < servers.Length; n++)
        {
            var (median, p99) = (Median(measured[n], AtHalf), Median(measured[n], AtP99));
            Console.WriteLine(
                $"single chunks, {Connections} connections {servers[n].Name,-6} median {median:0.000} ms"
                + $" (added {median - baseline.Median:0.000}), p99 {p99:0.000} ms (added {p99 - baseline.P99:0.000})");
        }
    }

    private static double AtHalf(double[] sorted) => sorted[sorted.Length / 2];

    private static double AtP99(double[] sorted) => sorted[sorted.Length * 99 / 100];

    private static double Median<T>(IEnumerable<T> values, Func<T, double> of) =>
        values.Select(of).Order().ElementAt(Runs / 2);

    private static async Task MakeStreamAsync(string url)
    {
        await using var connection = NatsConnection.Start(
            new() { Url = url }, NullLoggerFactory.Instance, TimeProvider.System);
        await new JetStream(connection).EnsureStreamAsync(
            new() { Name = UsageStream.Name, Subjects = [UsageStream.Subject] }, CancellationToken.None);
    }
}
