namespace EventLedger.Nats.Tests.Chaos;

public class FillingStores
{
    [Fact]
    public async Task Case_66_a_store_that_is_full_refuses_and_takes_again_once_there_is_room()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher(
            Broker.PatientPublisher with { AckTimeout = TimeSpan.FromMilliseconds(500) });
        await broker.Server.LimitFilesAsync(megabytes: 2);
        var body = new byte[100_000];
        var stored = 0;
        JetStreamException? refusal = null;

        while (refusal is null)
        {
            try
            {
                await publisher.PublishAsync(Broker.Subject, $"{stored}", default, body, broker.Limit);
                stored++;
            }
            catch (JetStreamException e)
            {
                refusal = e;
            }
        }

        refusal.CanRetry.ShouldBeTrue();
        stored.ShouldBeInRange(5, 30);
        await broker.Server.LimitFilesAsync(megabytes: 100);
        await publisher.PublishAsync(Broker.Subject, $"{stored}", default, body, broker.Limit);
        (await broker.StateAsync()).Messages.ShouldBe((ulong)stored + 1);
    }

    [Fact]
    public async Task Case_70_what_a_reader_that_vanished_had_in_hand_goes_to_another()
    {
        await using var broker = await Broker.StartAsync(
            consumer: Broker.ConsumerSpec with { AckWait = TimeSpan.FromSeconds(1) });
        await using var publisher = broker.Publisher();
        await using var proxy = new FaultyProxy(broker.Server.Port);
        var vanishing = Broker.Connect(proxy.Url);
        var first = new JetStream(vanishing).CreateConsumer(Broker.Stream, Broker.Durable, Broker.QuickPull);
        await broker.PublishAsync(publisher, count: 100);

        await foreach (var batch in first.ReadBatchesAsync(max: 10, broker.Limit))
        {
            batch.ShouldNotBeEmpty();
            proxy.Refuse();
            proxy.CutAll();
            break;
        }

        await using var second = broker.Consumer();
        var received = await broker.ReadAsync(second, bodies => bodies.Distinct().Count() == 100);

        received.Distinct().Count().ShouldBe(100);
        await vanishing.DisposeAsync();
    }
}
