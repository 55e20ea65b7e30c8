namespace EventLedger.Nats.Bench;

/// <summary>One reader that acknowledges each message.</summary>
internal static class ConsumeBench
{
    private const int BatchMax = 500;

    public static async Task<Figure> RunAsync(JetStream jetStream, string durable, int messages)
    {
        await using var consumer = jetStream.CreateConsumer(NatsBench.Stream, durable, new PullOptions());
        var steady = new SteadyPart(messages);
        var count = 0;

        await foreach (var batch in consumer.ReadBatchesAsync(BatchMax, CancellationToken.None))
        {
            foreach (var message in batch)
            {
                message.Ack();
            }

            steady.Count(batch.Count);

            if ((count += batch.Count) >= messages)
            {
                break;
            }
        }

        // Reading has ended with a ping behind the last acknowledgement, and its answer.
        return steady.End();
    }
}
