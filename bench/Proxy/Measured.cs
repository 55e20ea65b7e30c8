using System.Diagnostics;
using EventLedger.Testing;

namespace EventLedger.Proxy.Bench;

/// <summary>What one server did while it was measured.</summary>
/// <param name="Time">How long that was.</param>
/// <param name="CpuTime">The processor time that it took.</param>
/// <param name="DelaysMs">How long each request, or each chunk, took.</param>
internal sealed record Measured(TimeSpan Time, TimeSpan CpuTime, double[] DelaysMs)
{
    private const int TriesMax = 4;
    private const int LooksMax = 20;
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan QuietCpuTime = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan LossMax = TimeSpan.FromMilliseconds(1);

    private readonly Lazy<double[]> sorted = new(() => [.. DelaysMs.Order()]);

    /// <summary>Requests a second.</summary>
    public double PerSecond => DelaysMs.Length / Time.TotalSeconds;

    /// <summary>The processor time of one request, in microseconds.</summary>
    public double CpuMicros => CpuTime.TotalMicroseconds / DelaysMs.Length;

    /// <summary>The delay that half of all exceed.</summary>
    public double MedianMs => sorted.Value[DelaysMs.Length / 2];

    /// <summary>The delay that one of a hundred exceeds.</summary>
    public double P99Ms => sorted.Value[DelaysMs.Length * 99 / 100];

    /// <summary>
    /// The one that <see cref="P99Ms"/> was in half of the turns, or less: what stops the machine for a moment is all
    /// of the slowest hundredth of one of them, and of no other.
    /// </summary>
    public double TypicalP99Ms { get; private init; }

    /// <summary>The processor time that the host of this machine gave to others meanwhile.</summary>
    public TimeSpan Stolen { get; private init; }

    /// <summary>The processor time that the server's runtime took to compile it anew.</summary>
    public TimeSpan Compiling { get; private init; }

    private TimeSpan Loss => Stolen + Compiling;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{PerSecond:0}/s, {CpuMicros:0.0} us each; median {MedianMs:0.000} ms, p99 {P99Ms:0.000} ms;"
        + $" stolen {Stolen.TotalMilliseconds:0} ms, compiling {Compiling.TotalMilliseconds:0.0} ms";

    /// <summary>
    /// Measures servers in short turns: what slows the machine down for seconds slows all down alike. Whoever comes
    /// first in one turn comes later in the next. A turn in which the host or the compiler took time away is measured
    /// again, and the one that lost least counts: what was measured has no part in which one that is.
    /// </summary>
    public static async Task<Measured[]> InTurnsAsync(
        Server[] servers, int turns, Func<Server, Task<Measured>> measure)
    {
        var all = servers.Select(_ => new List<Measured>()).ToArray();

        for (var turn = 0; turn < turns; turn++)
        {
            for (var n = 0; n < servers.Length; n++)
            {
                var next = (n + turn) % servers.Length;
                await BecomeQuietAsync(servers);
                var measured = await LeastLossAsync(() => measure(servers[next]));
                Console.Error.WriteLine($"turn {turn + 1} of {turns}, {servers[next].Name}: {measured}");
                all[next].Add(measured);
            }
        }

        return [.. all.Select(Sum)];
    }

    /// <summary>What a server's load comes to, with the processor time that it took.</summary>
    public static async Task<Measured> OfAsync(Server server, Func<Task<double[]>> load)
    {
        var (begun, cpuTime) = (Stopwatch.GetTimestamp(), server.CpuTime);
        var (stolen, compiling) = (HostTime.Stolen, server.Compiling);
        var delaysMs = await load();
        return new(Stopwatch.GetElapsedTime(begun), server.CpuTime - cpuTime, delaysMs)
        {
            Stolen = HostTime.Stolen - stolen,
            Compiling = CompilerTime.Since(compiling, server.Compiling),
        };
    }

    // A server compiles what it ran a tenth of a second later, and for tenths of a second, at the expense of the next
    // one's turn.
    private static async Task BecomeQuietAsync(Server[] servers)
    {
        for (var look = 0; look < LooksMax; look++)
        {
            var before = Used();
            await Elapse.ForAsync(LookTime);

            if (Used() - before <= QuietCpuTime)
            {
                return;
            }
        }

        throw new InvalidOperationException(
            $"The servers took more than {QuietCpuTime.TotalMilliseconds} ms of processor time in each of {LooksMax}"
            + $" looks of {LookTime.TotalMilliseconds} ms without load: what one does would count for another.");

        TimeSpan Used() => servers.Aggregate(TimeSpan.Zero, (sum, server) => sum + server.CpuTime);
    }

    private static async Task<Measured> LeastLossAsync(Func<Task<Measured>> measure)
    {
        var least = await measure();

        for (var tries = 1; tries < TriesMax && least.Loss > LossMax; tries++)
        {
            var next = await measure();
            least = next.Loss < least.Loss ? next : least;
        }

        return least;
    }

    private static Measured Sum(IReadOnlyList<Measured> turns) => new(
        turns.Aggregate(TimeSpan.Zero, (sum, turn) => sum + turn.Time),
        turns.Aggregate(TimeSpan.Zero, (sum, turn) => sum + turn.CpuTime),
        [.. turns.SelectMany(turn => turn.DelaysMs)])
    {
        Stolen = turns.Aggregate(TimeSpan.Zero, (sum, turn) => sum + turn.Stolen),
        Compiling = turns.Aggregate(TimeSpan.Zero, (sum, turn) => sum + turn.Compiling),
        TypicalP99Ms = turns.Select(turn => turn.P99Ms).Order().ElementAt(turns.Count / 2),
    };
}
