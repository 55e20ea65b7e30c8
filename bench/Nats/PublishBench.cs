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
        var steady = new SteadyPart(messages);
        var counting = new Lock();
        var next = -1;

        async Task CallAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < messages; i = Interlocked.Increment(ref next))
            {
                var started = Stopwatch.GetTimestamp();
                await publisher.PublishAsync(NatsBench.Subject, ids[i], default, Body, CancellationToken.None);
                took[i] = Stopwatch.GetTimestamp() - started;

                lock (counting)
                {
                    steady.Count(1);
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, NatsBench.Window).Select(_ => Task.Run(CallAsync)));
        return steady.End() with { P99 = P99(took[(messages / 3)..]) };
    }

    private static TimeSpan P99(long[] took)
    {
        Array.Sort(took);
        return TimeSpan.FromSeconds((double)took[took.Length * 99 / 100] / Stopwatch.Frequency);
    }
}
