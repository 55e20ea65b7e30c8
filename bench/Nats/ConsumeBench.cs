using System.Diagnostics;

namespace EventLedger.Nats.Bench;

/// <summary>One reader that acknowledges each message.</summary>
internal static class ConsumeBench
{
    private const int BatchMax = 500;

    public static async Task<Figure> RunAsync(JetStream jetStream, string durable, int messages)
    {
        await using var consumer = jetStream.CreateConsumer(NatsBench.Stream, durable, new PullOptions());
        var warm = messages / 3;
        var count = 0;
        var measuredFrom = 0;
        var before = 0L;
        var started = 0L;

        await foreach (var batch in consumer.ReadBatchesAsync(BatchMax, CancellationToken.None))
        {
            foreach (var message in batch)
            {
                message.Ack();
            }

            count += batch.Count;

            if (started == 0 && count >= warm)
            {
                measuredFrom = count;
                before = GC.GetTotalAllocatedBytes(precise: true);
                started = Stopwatch.GetTimestamp();
            }

            if (count >= messages)
            {
                break;
            }
        }

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        var measured = count - measuredFrom;
        return new Figure(measured, Stopwatch.GetElapsedTime(started), (double)allocated / measured);
    }
}
