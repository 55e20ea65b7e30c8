using System.Collections.Concurrent;
using System.Text;
using EventLedger.Embedded.Processes;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests.Chaos;

[Collection(nameof(SurvivingTrouble))]
public class FailingOver
{
    private const int Messages = 200;

    private static readonly CancellationToken Limit = new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    [Theory, InlineData(true), InlineData(false)]
    public async Task Case_62_what_a_stopped_server_still_holds_is_stored_once_after_another_took_it(bool leads)
    {
        await using var cluster = await Cluster.StartAsync(Limit);
        var leader = await cluster.LeaderAsync(Limit);
        var stopped = leads ? leader : Cluster.Other(leader);
        await using var connection = Connect(cluster[stopped]);
        await using var publisher = new JetStream(connection).CreatePublisher(Broker.PatientPublisher);
        await using var elsewhere = Connect(cluster[leads ? Cluster.Other(leader) : leader]);
        await PublishAsync(publisher, "before");

        // It reads what it was sent meanwhile when it goes on, long after it was left.
        cluster[stopped].Process.Send(Signal.Stop);
        var publishing = PublishAsync(publisher, "during");
        await Eventually.HoldsAsync(
            () => connection.Server is { ServerName: var name } && name != stopped, TimeSpan.FromMinutes(2));
        await publishing;
        cluster[stopped].Process.Send(Signal.Continue);

        // By the time it serves others again it has read what it was left with.
        await using (var back = Connect(cluster[stopped]))
        {
            await back.WaitConnectedAsync(Limit);
        }

        await PublishAsync(publisher, "after");
        await HasEachOnceAsync(elsewhere);
    }

    private static async Task HasEachOnceAsync(NatsConnection connection)
    {
        var jetStream = new JetStream(connection);
        await using var consumer = jetStream.CreateConsumer(Broker.Stream, Broker.Durable, Broker.QuickPull);
        using var done = new CancellationTokenSource();
        var bodies = new ConcurrentDictionary<string, bool>();
        var reading = ReadAsync(consumer, bodies, done.Token);

        await Eventually.BecomesAsync(
            () => Task.FromResult((bodies.Count, consumer.Health)), read => read.Count == 3 * Messages,
            TimeSpan.FromMinutes(2));
        await done.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(reading);
        (await jetStream.GetStreamAsync(Broker.Stream, Limit))!.State.Messages.ShouldBe(3UL * Messages);
    }

    private static async Task ReadAsync(
        JetStreamConsumer consumer, ConcurrentDictionary<string, bool> bodies, CancellationToken cancellation)
    {
        await foreach (var batch in consumer.ReadBatchesAsync(max: 100, cancellation))
        {
            foreach (var message in batch)
            {
                bodies[Encoding.UTF8.GetString(message.Body.Span)] = true;
                message.Ack();
            }
        }
    }

    private static Task PublishAsync(JetStreamPublisher publisher, string prefix) => Task.WhenAll(
        Enumerable.Range(1, Messages).Select(i => $"{prefix}-{i}").Select(
            id => publisher.PublishAsync(Broker.Subject, id, default, Broker.Body(id), Limit).AsTask()));

    private static NatsConnection Connect(TestNats server) => Broker.Connect(
        server.Url,
        options => options with
        {
            PingInterval = TimeSpan.FromMilliseconds(300),
            HandshakeTimeout = TimeSpan.FromSeconds(1),
        });
}
