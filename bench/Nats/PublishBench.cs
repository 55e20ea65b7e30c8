using System.Diagnostics;

namespace EventLedger.Nats.Bench;

/// <summary>As many callers as the window has places, each publishing one message after the other.</summary>
internal static class PublishBench
{
    private static readonly byte[] Body = new byte[NatsBench.BodyBytes];

    public static async Task<Figure> RunAsync(JetStream jetStream, int messages)
    {
        await using var publisher = jetStream.CreatePublisher(
            new PublisherOptions { Stream = NatsBench.Stream, MaxInFlight = NatsBench.Window });
        string[] ids = [.. Enumerable.Range(0, messages).Select(_ => Guid.NewGuid().ToString("N"))];
        var took = new long[messages];

        // The first part fills pools, and lets the compiler finish.
        var warm = messages / 3;
        await PublishAsync(publisher, ids, 0, warm, took);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        await PublishAsync(publisher, ids, warm, messages, took);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        var measured = took[warm..];
        Array.Sort(measured);
        return new Figure(
            measured.Length,
            elapsed,
            (double)allocated / measured.Length,
            TimeSpan.FromSeconds((double)measured[measured.Length * 99 / 100] / Stopwatch.Frequency));
    }

    private static Task PublishAsync(JetStreamPublisher publisher, string[] ids, int from, int to, long[] took)
    {
        var next = from - 1;

        async Task CallAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < to; i = Interlocked.Increment(ref next))
            {
                var started = Stopwatch.GetTimestamp();
                await publisher.PublishAsync(NatsBench.Subject, ids[i], default, Body, CancellationToken.None);
                took[i] = Stopwatch.GetTimestamp() - started;
            }
        }

        return Task.WhenAll(Enumerable.Range(0, NatsBench.Window).Select(_ => Task.Run(CallAsync)));
    }
}
