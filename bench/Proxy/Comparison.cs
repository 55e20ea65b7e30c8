using System.Diagnostics;
using EventLedger.Contracts;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Proxy.Bench;

/// <summary>
/// The proxy beside bare YARP, and nginx where it is installed. Each run has processes of its own: the runtime compiles
/// each process by what it has seen, and two of the same program differ by more than what is looked for.
/// </summary>
internal static class Comparison
{
    private const int Runs = 5;
    private const int Connections = 64;
    private const int TurnsPerRun = 6;
    private const int PacedTurnsPerRun = 16;

    // What is called once a turn or once a second is compiled anew after 30 calls, and again after 30 more.
    private const int PacedTurnsToWarmUp = 40;

    private const double AbsentPerSecond = 1000;
    private const int Own = 0;
    private const int OfBroker = 1;
    private static readonly TimeSpan TurnTime = TimeSpan.FromSeconds(1);

    // What others have pushed out of the processors' caches comes back before anything is counted.
    private static readonly TimeSpan LeadIn = TimeSpan.FromMilliseconds(250);

    // More in each, so that each opens connections to the upstream: what that takes is compiled anew after 30 of them,
    // and again after 30 more.
    private static readonly int[] ConnectionsToWarmUp = [Connections, 128, 192, 256];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private static readonly (string Name, string Text, string Path)[] Shapes =
        [("json", "2 KiB JSON", "/v1/embeddings"), ("stream", "200 chunks", "/v1/chat/completions")];

    /// <summary>
    /// Prints the rows of the parts whose names begin with <paramref name="only"/>. Apart means that what is compared
    /// has one processor to itself, which is then what bounds it, the broker another, and the upstream and the load the
    /// others.
    /// </summary>
    public static async Task<int> RunAsync(string only, bool isApart)
    {
        if (isApart)
        {
            Server.Own = Own;
            await PinAsync(Environment.ProcessId, $"{OfBroker + 1}-{Environment.ProcessorCount - 1}");
        }

        await using var broker = await TestNats.StartAsync();

        if (isApart)
        {
            await PinAsync(broker.Process.Id, $"{OfBroker}");
        }

        await MakeStreamAsync(broker.Url);
        var upstream = FreePort.Next();
        using var upstreamProcess = Server.StartUpstream(upstream);
        await Eventually.HoldsAsync(upstreamProcess.AnswersAsync);

        var nobody = $"nats://127.0.0.1:{FreePort.Next()}";

        foreach (var (path, hasBroker, parts) in Parts(only))
        {
            await RunAsync(path, parts, () => Server.StartCompared(upstream, hasBroker ? broker.Url : nobody));
        }

        return 0;
    }

    private static IEnumerable<(string Path, bool HasBroker, Part[] Parts)> Parts(string only)
    {
        Part[] Wanted(params Part[] parts) =>
            [.. parts.Where(part => part.Name.StartsWith(only, StringComparison.Ordinal))];

        foreach (var (name, text, path) in Shapes)
        {
            yield return (path, true, Wanted(
                [
                    .. new[] { 1, Connections, 256 }.Select(connections => new Part(
                        $"{name}-{connections}",
                        $"{text}, {connections} connections",
                        servers => SaturateAsync(servers, path, connections),
                        PrintThroughput)),
                    new Part(
                        $"{name}-half", $"{text}, half load", servers => LoadByHalfAsync(servers, path), PrintDelays),
                ]));
            yield return (path, false, Wanted(new Part(
                $"{name}-absent",
                $"{text}, no broker",
                servers => LoadAsync(servers, path, AbsentPerSecond),
                PrintDelays)));
        }

        yield return (ChunkDelays.Path, true, Wanted(
            new Part("chunk", $"single chunks, {ChunkDelays.Streams} streams", ReadChunksAsync, PrintDelays)));
    }

    private static async Task RunAsync(string path, Part[] parts, Func<Server[]> start)
    {
        var measured = parts.Select(_ => new List<Measured[]>()).ToArray();
        string[] names = [];

        for (var run = 0; run < Runs && parts.Length > 0; run++)
        {
            var servers = start();

            try
            {
                Console.Error.WriteLine($"{path}: run {run + 1} of {Runs}");
                names = [.. servers.Select(server => server.Name)];
                await WarmUpAsync(servers, path);

                foreach (var (at, part) in parts.Index())
                {
                    measured[at].Add(await part.MeasureAsync(servers));
                }
            }
            finally
            {
                Array.ForEach(servers, server => server.Dispose());
            }
        }

        foreach (var (at, part) in parts.Index())
        {
            for (var n = 0; n < names.Length; n++)
            {
                Console.Write($"{part.Text}, {names[n],-5} ");
                part.Print([.. measured[at].Select(run => (run[n], run[0]))]);
            }
        }
    }

    // All at once would leave less of the processor to each than compiling takes.
    private static async Task WarmUpAsync(Server[] servers, string path)
    {
        foreach (var server in servers)
        {
            await Eventually.HoldsAsync(server.AnswersAsync);

            foreach (var connections in ConnectionsToWarmUp)
            {
                await Load.RunAsync(server.Port, path, connections, server.IsCompiledAsItRuns ? WarmUp : LeadIn);
            }
        }
    }

    private static Task<Measured[]> SaturateAsync(Server[] servers, string path, int connections) =>
        Measured.InTurnsAsync(servers, TurnsPerRun, async server =>
        {
            await Load.RunAsync(server.Port, path, connections, LeadIn);
            return await Measured.OfAsync(server, () => Load.RunAsync(server.Port, path, connections, TurnTime));
        });

    private static async Task<Measured[]> LoadByHalfAsync(Server[] servers, string path)
    {
        var half = (await Load.RunAsync(servers[0].Port, path, Connections, TurnTime)).Length
            / TurnTime.TotalSeconds / 2;

        return await LoadAsync(servers, path, half);
    }

    private static async Task<Measured[]> LoadAsync(Server[] servers, string path, double perSecond)
    {
        // Requests that come one by one take other ways through a server than those that come all at once, and
        // connections that begin and end others again. What those need is compiled anew: until then, that is part of
        // the slowest hundredth.
        for (var turn = 0; turn < PacedTurnsToWarmUp; turn++)
        {
            foreach (var server in servers.Where(server => server.IsCompiledAsItRuns))
            {
                await TakeTurnAsync(server);
            }
        }

        return await Measured.InTurnsAsync(servers, PacedTurnsPerRun, TakeTurnAsync);

        async Task<Measured> TakeTurnAsync(Server server)
        {
            using var load = new PacedLoad(server.Port, path, Connections);
            await load.RunAsync(LeadIn, perSecond);
            return await Measured.OfAsync(server, () => load.RunAsync(TurnTime, perSecond));
        }
    }

    // All threads of a process, and those that they start from then on.
    private static async Task PinAsync(int process, string processors)
    {
        var info = new ProcessStartInfo("taskset", ["-a", "-c", "-p", processors, $"{process}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var pinning = Process.Start(info)!;
        await pinning.StandardOutput.ReadToEndAsync();
        await pinning.WaitForExitAsync();

        if (pinning.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"Process {process} can't be kept to processors {processors}: apart takes at least three.");
        }
    }

    private static Task<Measured[]> ReadChunksAsync(Server[] servers) =>
        Measured.InTurnsAsync(servers, TurnsPerRun, server => Measured.OfAsync(
            server, () => ChunkDelays.MeasureAsync(server.Port)));

    private static void PrintThroughput((Measured Own, Measured Bare)[] runs) => Console.WriteLine(
        $"{Spread(runs, run => run.Own.PerSecond, "0")}/s, ratio"
        + $" {Spread(runs, run => run.Own.PerSecond / run.Bare.PerSecond, "0.00")};"
        + $" CPU {Spread(runs, run => run.Own.CpuMicros, "0.0")} us, ratio {CpuRatio(runs)};"
        + $" {LossText(runs)}");

    private static void PrintDelays((Measured Own, Measured Bare)[] runs) => Console.WriteLine(
        $"{Spread(runs, run => run.Own.PerSecond, "0")}/s;"
        + $" median {Spread(runs, run => run.Own.MedianMs, "0.000")} ms,"
        + $" added {Spread(runs, run => run.Own.MedianMs - run.Bare.MedianMs, "0.000")};"
        + $" p99 {Spread(runs, run => run.Own.P99Ms, "0.000")} ms,"
        + $" added {Spread(runs, run => run.Own.P99Ms - run.Bare.P99Ms, "0.000")};"
        + $" p99 of a turn {Spread(runs, run => run.Own.TypicalP99Ms, "0.000")} ms,"
        + $" added {Spread(runs, run => run.Own.TypicalP99Ms - run.Bare.TypicalP99Ms, "0.000")};"
        + $" CPU ratio {CpuRatio(runs)}; {LossText(runs)}");

    private static string CpuRatio((Measured Own, Measured Bare)[] runs) =>
        Spread(runs, run => run.Own.CpuMicros / run.Bare.CpuMicros, "0.00");

    private static string LossText((Measured Own, Measured Bare)[] runs) =>
        $"stolen {Spread(runs, run => run.Own.Stolen / run.Own.Time * 100, "0.0")} %,"
        + $" compiling {Spread(runs, run => run.Own.Compiling / run.Own.Time * 100, "0.00")} %";

    // The median, the least and the greatest of all runs.
    private static string Spread(
        (Measured Own, Measured Bare)[] runs, Func<(Measured Own, Measured Bare), double> of, string format)
    {
        var values = runs.Select(of).Order().ToArray();
        return $"{values[Runs / 2].ToString(format)} ({values[0].ToString(format)} to {values[^1].ToString(format)})";
    }

    private static async Task MakeStreamAsync(string url)
    {
        await using var connection = NatsConnection.Start(
            new() { Url = url }, NullLoggerFactory.Instance, TimeProvider.System);
        await new JetStream(connection).EnsureStreamAsync(
            new() { Name = UsageStream.Name, Subjects = [UsageStream.Subject] }, CancellationToken.None);
    }

    /// <summary>One thing that is compared.</summary>
    /// <param name="Name">What names it on the command line.</param>
    /// <param name="Text">What the rows call it.</param>
    /// <param name="MeasureAsync">One run of all servers.</param>
    /// <param name="Print">Writes a server's row, from its runs and those of bare YARP.</param>
    private sealed record Part(
        string Name,
        string Text,
        Func<Server[], Task<Measured[]>> MeasureAsync,
        Action<(Measured Own, Measured Bare)[]> Print);
}
