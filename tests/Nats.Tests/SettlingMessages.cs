using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class SettlingMessages
{
    [Fact]
    public async Task Case_46_a_message_given_back_with_a_delay_comes_again_after_it()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 1);
        var delay = TimeSpan.FromMilliseconds(300);
        var returned = TimeSpan.Zero;
        var clock = TimeProvider.System;
        var givenBackAt = 0L;

        await ReadEachAsync(broker, message =>
        {
            if (message.Delivered == 1)
            {
                givenBackAt = clock.GetTimestamp();
                message.Nak(delay);
                return false;
            }

            returned = clock.GetElapsedTime(givenBackAt);
            message.Ack();
            return true;
        });

        returned.ShouldBeGreaterThanOrEqualTo(delay);
    }

    [Fact]
    public async Task Case_47_a_message_in_progress_does_not_come_again()
    {
        var ackWait = TimeSpan.FromMilliseconds(800);
        await using var broker = await Broker.StartAsync(consumer: Broker.ConsumerSpec with { AckWait = ackWait });
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 1);
        JetStreamMessage? working = null;

        using var progress = TimeProvider.System.CreateTimer(
            _ => working?.InProgress(), null, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));
        var deliveries = 0;
        await ReadEachAsync(broker, message =>
        {
            deliveries++;

            if (message.Headers["Nats-Msg-Id"] == "m-1")
            {
                working = message;
                _ = PublishAfterAsync(broker, publisher, ackWait * 2);
                return false;
            }

            working!.Ack();
            message.Ack();
            return true;
        });

        deliveries.ShouldBe(2);
    }

    [Fact]
    public async Task Case_48_a_terminated_message_never_comes_again()
    {
        await using var broker = await Broker.StartAsync(
            consumer: Broker.ConsumerSpec with { AckWait = TimeSpan.FromMilliseconds(300) });
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 1);

        await ReadEachAsync(broker, message =>
        {
            message.Term();
            return true;
        });

        await Eventually.HoldsAsync(
            async () => await broker.ConsumerAsync() is { NumAckPending: 0, AckFloor.Stream: 1 });
    }

    [Fact]
    public async Task The_first_settlement_counts_and_ends_the_message()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 1);

        await ReadEachAsync(broker, message =>
        {
            message.Ack();
            message.Nak();
            message.InProgress();
            message.IsSettled.ShouldBeTrue();
            Should.Throw<ObjectDisposedException>(() => message.Body);
            return true;
        });

        await Eventually.HoldsAsync(
            async () => await broker.ConsumerAsync() is { NumAckPending: 0, NumRedelivered: 0 });
    }

    [Fact]
    public async Task Case_49_a_confirmed_acknowledgement_is_asked_for_again_on_a_new_connection()
    {
        await using var broker = await Broker.StartAsync();
        await using var proxy = new FaultyProxy(broker.Server.Port);
        await using var connection = Broker.Connect(proxy.Url);
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 1);
        await using var consumer = new JetStream(connection).CreateConsumer(
            Broker.Stream, Broker.Durable, Broker.QuickPull);

        await foreach (var batch in consumer.ReadBatchesAsync(1, broker.Limit))
        {
            proxy.SwallowFromServer();
            var confirming = batch[0].AckSyncAsync(broker.Limit);
            await Eventually.HoldsAsync(async () => (await broker.ConsumerAsync()).NumAckPending == 0);
            proxy.CutAll();
            proxy.Heal();
            await confirming;
            break;
        }
    }

    [Fact]
    public async Task Settlements_made_while_disconnected_are_told_to_the_same_server_later()
    {
        await using var broker = await Broker.StartAsync();
        await using var proxy = new FaultyProxy(broker.Server.Port);
        await using var connection = Broker.Connect(proxy.Url);
        await using var publisher = broker.Publisher();
        await using var consumer = new JetStream(connection).CreateConsumer(
            Broker.Stream, Broker.Durable, Broker.QuickPull);
        await broker.PublishAsync(publisher, count: 1);

        await foreach (var batch in consumer.ReadBatchesAsync(max: 1, broker.Limit))
        {
            proxy.Refuse();
            proxy.CutAll();
            await Eventually.HoldsAsync(() => connection.State == NatsState.Connecting);
            batch[0].Ack();
            proxy.Heal();
            await Eventually.HoldsAsync(
                async () => await broker.ConsumerAsync() is { NumAckPending: 0, AckFloor.Stream: 1 });
            break;
        }
    }

    [Fact]
    public async Task A_server_that_was_restarted_is_told_nothing_of_deliveries_before()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        await broker.PublishAsync(publisher, count: 10);

        await foreach (var batch in consumer.ReadBatchesAsync(max: 100, broker.Limit))
        {
            await broker.Server.StopAsync();
            await broker.Server.RestartAsync();
            await Eventually.HoldsAsync(() => consumer.Health.Condition == ConsumerCondition.Pulling);
            await Should.ThrowAsync<NatsDisconnectedException>(
                async () => await batch[0].AckSyncAsync(broker.Limit));
            batch.ToList().ForEach(message => message.Ack());
            break;
        }

        (await broker.ConsumerAsync()).AckFloor.Stream.ShouldBe(0UL);
    }

    [Fact]
    public async Task A_restarted_server_has_the_same_consumer_and_a_wiped_one_another()
    {
        await using var broker = await Broker.StartAsync();
        var before = await SessionAsync(broker);

        await broker.Server.StopAsync();
        await broker.Server.RestartAsync();
        await broker.Connection.WaitConnectedAsync(broker.Limit);
        var restarted = await SessionAsync(broker);

        await broker.Server.KillAsync();
        broker.Server.WipeStore();
        await broker.Server.RestartAsync();
        await broker.Connection.WaitConnectedAsync(broker.Limit);
        await broker.ProvisionAsync(broker.Limit);
        var wiped = await SessionAsync(broker);

        before.IsOfSameConsumer(restarted).ShouldBeTrue();
        before.IsOfSameConsumer(wiped).ShouldBeFalse();
    }

    [Fact]
    public async Task Case_60_acknowledgements_from_before_a_wiped_store_do_not_hide_new_messages()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer(Broker.QuickPull with { Provision = broker.ProvisionAsync });
        await broker.PublishAsync(publisher, count: 50, "old");
        List<JetStreamMessage> old = [];
        var newer = 0;

        await foreach (var batch in consumer.ReadBatchesAsync(max: 100, broker.Limit))
        {
            if (old.Count < 50)
            {
                old.AddRange(batch);

                if (old.Count == 50)
                {
                    await broker.Server.KillAsync();
                    broker.Server.WipeStore();
                    await broker.Server.RestartAsync();
                    await broker.ProvisionAsync(broker.Limit);
                    await Eventually.HoldsAsync(() => consumer.Health.Condition == ConsumerCondition.Pulling);
                    old.ForEach(message => message.Ack());
                    await broker.PublishAsync(publisher, count: 10, "new");
                }

                continue;
            }

            batch.ShouldAllBe(message => message.StreamCreated > old[0].StreamCreated);
            batch.ToList().ForEach(message => message.Ack());

            if ((newer += batch.Count) == 10)
            {
                break;
            }
        }

        await Eventually.HoldsAsync(async () => (await broker.ConsumerAsync()).AckFloor.Stream == 10);
    }

    private static async Task PublishAfterAsync(Broker broker, JetStreamPublisher publisher, TimeSpan delay)
    {
        await Elapse.ForAsync(delay);
        await publisher.PublishAsync(Broker.Subject, "last", default, default, broker.Limit);
    }

    private static async Task ReadEachAsync(Broker broker, Func<JetStreamMessage, bool> isLast)
    {
        await using var consumer = broker.Consumer();

        await foreach (var batch in consumer.ReadBatchesAsync(max: 1, broker.Limit))
        {
            if (isLast(batch[0]))
            {
                return;
            }
        }
    }

    private static async Task<ConsumerSession> SessionAsync(Broker broker) => new(
        "", (await broker.JetStream.GetStreamAsync(Broker.Stream, broker.Limit))!.Created,
        (await broker.ConsumerAsync()).Created);
}
