using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Nats.Bench;

/// <summary>
/// Publishes with a window of 512 and consumes with an acknowledgement for each message, beside raw-socket loops that
/// do the same without any client, on the same server, in turns. The best of the rounds counts, for both.
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
            await using var server = await TestNats.StartAsync();
            await using var connection = NatsConnection.Start(
                new NatsOptions { Url = server.Url }, NullLoggerFactory.Instance, TimeProvider.System);
            var jetStream = new JetStream(connection);
            await jetStream.EnsureStreamAsync(
                new StreamSpec { Name = Stream, Subjects = [Subject] }, CancellationToken.None);

            using (var raw = await RawClient.ConnectAsync(server.Port))
            {
                publishing.Baseline(await raw.PublishAsync(messages));
            }

            publishing.Ours(await PublishBench.RunAsync(jetStream, messages));
            await EnsureConsumerAsync(jetStream, "raw");
            await EnsureConsumerAsync(jetStream, "ours");

            using (var raw = await RawClient.ConnectAsync(server.Port))
            {
                consuming.Baseline(await raw.ConsumeAsync("raw", messages));
            }

            consuming.Ours(await ConsumeBench.RunAsync(jetStream, "ours", messages));
        }

        publishing.Print();
        consuming.Print();
        return 0;
    }

    private static async Task EnsureConsumerAsync(JetStream jetStream, string durable) =>
        await jetStream.EnsureConsumerAsync(Stream, new ConsumerSpec { Durable = durable }, CancellationToken.None);
}
