using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class PullingMessages
{
    [Fact]
    public async Task Every_message_arrives_once_and_none_is_left_unacknowledged()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        var sent = await broker.PublishAsync(publisher, count: 5_000);

        var received = await broker.ReadAsync(consumer, bodies => bodies.Count == sent.Count);

        received.Order().ShouldBe(sent.Order());
        await Eventually.HoldsAsync(
            async () => await broker.ConsumerAsync() is { NumAckPending: 0, AckFloor.Stream: 5_000 });
    }

    [Fact]
    public async Task A_message_says_where_it_comes_from()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        var headers = HeaderBlock.Of(("tenant-id", "acme"));
        await publisher.PublishAsync(Broker.Subject, "a", headers, Broker.Body("one"), broker.Limit);
        var stream = (await broker.JetStream.GetStreamAsync(Broker.Stream, broker.Limit))!;

        await foreach (var batch in consumer.ReadBatchesAsync(max: 10, broker.Limit))
        {
            var message = batch.ShouldHaveSingleItem();
            message.Subject.ShouldBe(Broker.Subject);
            message.Body.ToArray().ShouldBe(Broker.Body("one"));
            message.Headers["tenant-id"].ShouldBe("acme");
            message.Headers["Nats-Msg-Id"].ShouldBe("a");
            message.StreamSequence.ShouldBe(1UL);
            message.ConsumerSequence.ShouldBe(1UL);
            message.Delivered.ShouldBe(1);
            message.Pending.ShouldBe(0UL);
            message.StreamCreated.ShouldBe(stream.Created);
            message.Timestamp.ShouldBeGreaterThan(message.StreamCreated);
            break;
        }
    }

    [Fact]
    public async Task Case_8_headers_that_repeat_or_differ_in_case_arrive_as_they_were_sent()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        var headers = HeaderBlock.Of(("Key", "one"), ("KEY", "two"), ("Key", "three"), ("empty", ""));
        await publisher.PublishAsync(Broker.Subject, "a", headers, default, broker.Limit);

        await foreach (var batch in consumer.ReadBatchesAsync(max: 1, broker.Limit))
        {
            batch[0].Headers.Where(header => !header.Key.StartsWith("Nats-")).ShouldBe(headers);
            break;
        }
    }

    [Fact]
    public async Task Messages_held_when_reading_ends_are_given_back_at_once()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 100);

        await using (var first = broker.Consumer())
        {
            await foreach (var batch in first.ReadBatchesAsync(max: 1, broker.Limit))
            {
                batch[0].Ack();
                break;
            }
        }

        await using var second = broker.Consumer();
        var received = await broker.ReadAsync(second, bodies => bodies.Distinct().Count() == 99);

        // Server 2.9.10 now and then sends the last one once more, as if for the first time.
        received.Count.ShouldBeLessThanOrEqualTo(100);
    }

    [Fact]
    public async Task Reading_goes_on_after_the_server_was_killed()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();

        var reading = broker.ReadAsync(consumer, bodies => bodies.Distinct().Count() == 2_000);
        await broker.PublishAsync(publisher, count: 1_000, "before");
        await broker.Server.KillAsync();
        await broker.Server.RestartAsync();
        await broker.PublishAsync(publisher, count: 1_000, "after");

        (await reading).Distinct().Count().ShouldBe(2_000);
    }

    [Fact]
    public async Task Case_49_a_confirmed_acknowledgement_is_known_to_the_server()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        await broker.PublishAsync(publisher, count: 1);

        await foreach (var batch in consumer.ReadBatchesAsync(max: 1, broker.Limit))
        {
            await batch[0].AckSyncAsync(broker.Limit);
            (await broker.ConsumerAsync()).NumAckPending.ShouldBe(0);
            break;
        }
    }
}
