using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Nats.Bench;

/// <summary>
/// Publishes with a window of 512 and consumes with an acknowledgement for each message, beside raw-socket loops that
/// do the same without any client, on the same server, in turns.
/// </summary>
internal static class NatsBench
{
    public const string Stream = "BENCH";
    public const string Subject = "bench.recorded";
    public const int BodyBytes = 512;
    public const int Window = 512;

    public static async Task<int> RunAsync(int messages, int rounds)
    {
        var publishing = new Comparison("publish");
        var consuming = new Comparison("consume");

        for (var round = 1; round <= rounds; round++)
        {
            await RunRoundAsync(messages, publishing, consuming);
        }

        publishing.Print();
        consuming.Print();
        return 0;
    }

    private static async Task RunRoundAsync(int messages, Comparison publishing, Comparison consuming)
    {
        await using var server = await TestNats.StartAsync();
        await using var connection = NatsConnection.Start(
            new NatsOptions { Url = server.Url }, NullLoggerFactory.Instance, TimeProvider.System);
        var jetStream = new JetStream(connection);
        await jetStream.EnsureStreamAsync(
            new StreamSpec { Name = Stream, Subjects = [Subject] }, CancellationToken.None);

        using (var raw = await RawClient.ConnectAsync(server.Port))
        {
            publishing.Add(await raw.PublishAsync(messages), await PublishBench.RunAsync(jetStream, messages));
        }

        await RequireStoredAsync(jetStream, messages * 2);
        await jetStream.EnsureConsumerAsync(Stream, new ConsumerSpec { Durable = "raw" }, CancellationToken.None);
        await jetStream.EnsureConsumerAsync(Stream, new ConsumerSpec { Durable = "ours" }, CancellationToken.None);

        using (var raw = await RawClient.ConnectAsync(server.Port))
        {
            consuming.Add(
                await raw.ConsumeAsync("raw", messages), await ConsumeBench.RunAsync(jetStream, "ours", messages));
        }

        await RequireAcknowledgedAsync(jetStream, "raw", messages);
        await RequireAcknowledgedAsync(jetStream, "ours", messages);
    }

    // A loop that counts answers without reading them would be fast on refusals too.
    private static async Task RequireStoredAsync(JetStream jetStream, int messages)
    {
        var stream = (await jetStream.GetStreamAsync(Stream, CancellationToken.None))!;

        if (stream.State.LastSequence != (ulong)messages)
        {
            throw new InvalidOperationException($"{messages} messages were sent, {stream.State} are stored.");
        }
    }

    private static Task RequireAcknowledgedAsync(JetStream jetStream, string durable, int messages) =>
        Eventually.HoldsAsync(async () =>
            (await jetStream.GetConsumerAsync(Stream, durable, CancellationToken.None))!.AckFloor.Stream
            >= (ulong)messages);
}
