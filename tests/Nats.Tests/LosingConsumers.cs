using System.Collections.Concurrent;
using System.Text;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class LosingConsumers
{
    [Theory, InlineData("CONSUMER.DELETE.USAGE.ledger"), InlineData("STREAM.DELETE.USAGE")]
    public async Task Case_50_what_is_deleted_while_it_is_read_is_found_again(string delete)
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer(Broker.QuickPull with { Provision = broker.ProvisionAsync });
        await broker.PublishAsync(publisher, count: 5, "before");
        var reading = broker.ReadAsync(consumer, bodies => bodies.Any(body => body.StartsWith("after")));
        await Eventually.HoldsAsync(async () => await broker.ConsumerAsync() is { AckFloor.Stream: 5 });

        await broker.Connection.RequestAsync($"$JS.API.{delete}", default, TimeSpan.FromSeconds(5), broker.Limit);
        await Eventually.HoldsAsync(async () => await broker.JetStream.GetConsumerAsync(
            Broker.Stream, Broker.Durable, broker.Limit) is not null);
        await broker.PublishAsync(publisher, count: 1, "after");

        (await reading).ShouldContain("after-1");
    }

    [Fact]
    public async Task Case_51_a_consumer_that_is_missing_is_noticed_and_waited_for()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.JetStream.CreateConsumer(Broker.Stream, "later", Broker.QuickPull);
        await broker.PublishAsync(publisher, count: 3);

        var reading = broker.ReadAsync(consumer, bodies => bodies.Count == 3);
        await Eventually.HoldsAsync(() => consumer.Health.Condition == ConsumerCondition.Searching);
        await broker.JetStream.EnsureConsumerAsync(
            Broker.Stream, Broker.ConsumerSpec with { Durable = "later" }, broker.Limit);

        (await reading).Count.ShouldBe(3);
    }

    // A pull to a consumer that went away without a word is answered by nothing at all, so a peer plays it.
    [Fact]
    public async Task Case_43_and_51_a_pull_that_falls_silent_is_looked_into_within_two_heartbeats()
    {
        await using var peer = new JetStreamPeer();
        await using var connection = Broker.Connect(peer.Url);
        await using var consumer = new JetStream(connection).CreateConsumer("S", "c", Broker.QuickPull);
        var reading = ReadOneAsync(consumer);
        using var session = await peer.WelcomeConsumerAsync();
        await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");

        var inspection = await session.ExpectAsync("PUB $JS.API.CONSUMER.INFO.S.c");
        await JetStreamPeer.AnswerInspectionAsync(session, inspection);
        var pull = await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");
        await JetStreamPeer.DeliverAsync(session, pull, sequence: 1, body: "hello");

        (await reading).ShouldBe("hello");
    }

    [Fact]
    public async Task Case_7_a_user_s_message_is_not_taken_for_a_status()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        await publisher.PublishAsync(Broker.Subject, "a", HeaderBlock.Of(("Status", "409")), default, broker.Limit);

        (await broker.ReadAsync(consumer, bodies => bodies.Count == 1)).ShouldBe([""]);
    }

    [Theory]
    [InlineData("400 Bad Request")]
    [InlineData("409 Consumer is push based")]
    public async Task Case_42_a_pull_that_can_never_succeed_ends_reading(string status)
    {
        await using var peer = new JetStreamPeer();
        await using var connection = Broker.Connect(peer.Url);
        await using var consumer = new JetStream(connection).CreateConsumer("S", "c", Broker.QuickPull);
        var reading = ReadOneAsync(consumer);
        using var session = await peer.WelcomeConsumerAsync();
        var pull = await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");

        await session.ReplyAsync(pull, $"NATS/1.0 {status}\r\n\r\n", "");

        var failure = await Should.ThrowAsync<JetStreamException>(reading);
        failure.Message.ShouldContain(status[4..]);
        consumer.Health.Condition.ShouldBe(ConsumerCondition.Failed);
    }

    [Theory]
    [InlineData("404 No Messages")]
    [InlineData("408 Request Timeout")]
    [InlineData("408 Requests Pending")]
    [InlineData("408 Interest Expired")]
    [InlineData("409 Message Size Exceeds MaxBytes")]
    [InlineData("409 Batch Completed")]
    [InlineData("409 Leadership Change")]
    [InlineData("409 Server Shutdown")]
    [InlineData("409 Exceeded MaxRequestBatch of 10")]
    [InlineData("409 Exceeded MaxRequestExpires of 1s")]
    [InlineData("409 Exceeded MaxRequestMaxBytes of 10")]
    [InlineData("409 Exceeded MaxWaiting")]
    [InlineData("412 Precondition Failed")]
    [InlineData("423 Locked")]
    [InlineData("503")]
    public async Task Case_42_after_any_other_status_it_goes_on_pulling(string status)
    {
        await using var peer = new JetStreamPeer();
        await using var connection = Broker.Connect(peer.Url);
        await using var consumer = new JetStream(connection).CreateConsumer("S", "c", Broker.QuickPull);
        var reading = ReadOneAsync(consumer);
        using var session = await peer.WelcomeConsumerAsync();
        var pull = await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");

        await session.ReplyAsync(pull, $"NATS/1.0 {status}\r\nNats-Pending-Messages: 1000\r\n\r\n", "");
        pull = await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");
        await JetStreamPeer.DeliverAsync(session, pull, sequence: 1, body: "hello");

        (await reading).ShouldBe("hello");
    }

    [Fact]
    public async Task Case_42_a_consumer_that_is_said_to_be_deleted_is_looked_for_before_the_next_pull()
    {
        await using var peer = new JetStreamPeer();
        await using var connection = Broker.Connect(peer.Url);
        await using var consumer = new JetStream(connection).CreateConsumer("S", "c", Broker.QuickPull);
        var reading = ReadOneAsync(consumer);
        using var session = await peer.WelcomeConsumerAsync();
        var pull = await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");

        await session.ReplyAsync(pull, "NATS/1.0 409 Consumer Deleted\r\n\r\n", "");
        var next = await session.ExpectAsync("PUB $JS.API.CONSUMER");
        next.ShouldStartWith("PUB $JS.API.CONSUMER.INFO.S.c");
        await JetStreamPeer.AnswerInspectionAsync(session, next);
        pull = await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");
        await JetStreamPeer.DeliverAsync(session, pull, sequence: 1, body: "hello");

        (await reading).ShouldBe("hello");
    }

    [Theory]
    [InlineData("$JS.ACK.S.c.1.1.1.1700000000000000000.0")]
    [InlineData("$JS.ACK._.hash.S.c.1.1.1.1700000000000000000.0")]
    [InlineData("$JS.ACK.domain.hash.S.c.1.1.1.1700000000000000000.0.random")]
    public async Task Case_41_an_acknowledgement_goes_to_the_very_subject_that_came_with_the_message(string replyTo)
    {
        await using var peer = new JetStreamPeer();
        await using var connection = Broker.Connect(peer.Url);
        await using var consumer = new JetStream(connection).CreateConsumer("S", "c", Broker.QuickPull);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var reading = consumer.ReadBatchesAsync(max: 1, limit.Token).GetAsyncEnumerator(limit.Token);
        var next = reading.MoveNextAsync();
        using var session = await peer.WelcomeConsumerAsync();
        var pull = await session.ExpectAsync("PUB $JS.API.CONSUMER.MSG.NEXT.S.c");

        await JetStreamPeer.DeliverAsync(session, pull, replyTo, body: "hello");
        (await next).ShouldBeTrue();
        reading.Current[0].Ack();

        (await session.ExpectAsync("PUB $JS.ACK")).ShouldBe($"PUB {replyTo} 4");
        (await session.ExpectAsync("+")).ShouldBe("+ACK");
    }

    [Fact]
    public async Task Case_44_one_message_at_a_time_is_enough()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer(Broker.QuickPull with { MaxMessages = 1 });
        var sent = await broker.PublishAsync(publisher, count: 50);

        (await broker.ReadAsync(consumer, bodies => bodies.Count == 50)).Order().ShouldBe(sent.Order());
    }

    [Fact]
    public async Task Case_21_a_consumer_that_may_not_be_pulled_from_ends_reading()
    {
        await using var broker = await Broker.StartAsync(
            "authorization { default_permissions: { publish: { deny: [\"$JS.API.CONSUMER.MSG.NEXT.>\"] } }\n"
            + "users: [{ user: u, password: p }] }\nno_auth_user: u");
        await using var consumer = broker.Consumer();

        await Should.ThrowAsync<JetStreamException>(broker.ReadAsync(consumer, bodies => bodies.Count == 1));
        consumer.Health.Condition.ShouldBe(ConsumerCondition.Failed);
    }

    [Fact]
    public async Task Case_45_reaching_the_limit_of_unacknowledged_messages_is_reported()
    {
        await using var broker = await Broker.StartAsync(consumer: Broker.ConsumerSpec with { MaxAckPending = 5 });
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        await broker.PublishAsync(publisher, count: 8);
        List<JetStreamMessage> open = [];

        await foreach (var batch in consumer.ReadBatchesAsync(max: 10, broker.Limit))
        {
            open.AddRange(batch);

            if (open.Count == 5)
            {
                await Eventually.HoldsAsync(() => consumer.Health.Condition == ConsumerCondition.Stalled);
                consumer.Health.Lag.ShouldBe(8UL);
                consumer.Health.Unacknowledged.ShouldBe(5);
                consumer.Health.OldestUnacknowledged.ShouldBeGreaterThan(TimeSpan.Zero);
                open.ForEach(message => message.Ack());
            }

            if (open.Count == 8)
            {
                consumer.Health.Condition.ShouldBe(ConsumerCondition.Pulling);
                break;
            }
        }
    }

    [Fact]
    public async Task What_exceeds_the_bytes_that_may_be_held_comes_later()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer(Broker.QuickPull with { MaxBytes = 25_000 });
        HashSet<ulong> seen = [];

        for (var i = 0; i < 20; i++)
        {
            await publisher.PublishAsync(Broker.Subject, $"{i}", default, new byte[10_000], broker.Limit);
        }

        await foreach (var batch in consumer.ReadBatchesAsync(max: 100, broker.Limit))
        {
            batch.Count.ShouldBeLessThanOrEqualTo(2);
            seen.UnionWith(batch.Select(message => message.StreamSequence));
            batch.ToList().ForEach(message => message.Ack());

            if (seen.Count == 20)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task Case_52_a_slow_handler_loses_nothing_and_pings_are_answered()
    {
        await using var broker = await Broker.StartAsync("ping_interval: \"1s\", ping_max: 2");
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer(Broker.QuickPull with { MaxMessages = 20 });
        var changes = 0;
        broker.Connection.StateChanged += _ => changes++;
        await broker.PublishAsync(publisher, count: 100);
        HashSet<ulong> seen = [];

        await foreach (var batch in consumer.ReadBatchesAsync(max: 7, broker.Limit))
        {
            await Elapse.ForAsync(250);

            foreach (var message in batch)
            {
                seen.Add(message.StreamSequence).ShouldBeTrue();
                message.Ack();
            }

            if (seen.Count == 100)
            {
                break;
            }
        }

        changes.ShouldBe(0);
    }

    [Fact]
    public async Task Case_53_draining_leaves_nothing_unacknowledged()
    {
        // The server may keep one message that is given back as reading stops for an acknowledgement wait.
        var consumerSpec = Broker.ConsumerSpec with { AckWait = TimeSpan.FromSeconds(5) };
        await using var broker = await Broker.StartAsync(consumer: consumerSpec);
        await using var draining = Broker.Connect(broker.Server.Url);
        var jetStream = new JetStream(draining);
        await using var publisher = jetStream.CreatePublisher(Broker.PatientPublisher);
        await using var consumer = jetStream.CreateConsumer(Broker.Stream, Broker.Durable, Broker.QuickPull);
        await broker.PublishAsync(publisher, count: 500);
        var drain = Task.CompletedTask;
        var acknowledged = 0;

        await foreach (var batch in consumer.ReadBatchesAsync(max: 100, broker.Limit))
        {
            if (acknowledged == 0)
            {
                drain = draining.DrainAsync(TimeSpan.FromSeconds(20));
            }

            await Task.Yield();
            batch.ToList().ForEach(message => message.Ack());
            acknowledged += batch.Count;
        }

        await drain;
        draining.State.ShouldBe(NatsState.Closed);

        // What was held came back, and another reader gets all of it. Now and then the last comes once more.
        await using var next = broker.Consumer();
        var rest = await broker.ReadAsync(next, bodies => bodies.Distinct().Count() == 500 - acknowledged);
        rest.Count.ShouldBeLessThanOrEqualTo(501 - acknowledged);
    }

    [Fact]
    public async Task Case_54_two_readers_share_a_consumer()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var one = broker.Consumer(Broker.QuickPull with { MaxMessages = 10 });
        await using var other = broker.Consumer(Broker.QuickPull with { MaxMessages = 10 });
        using var done = new CancellationTokenSource();
        var seen = new ConcurrentBag<string>();

        var reading = new[] { one, other }.Select(consumer => Task.Run(() => ReadAllAsync(consumer, seen, done.Token)));
        var both = Task.WhenAll(reading);
        await broker.PublishAsync(publisher, count: 1000);
        await Eventually.HoldsAsync(() => seen.Count >= 1000);
        await done.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(both);
        seen.Count.ShouldBe(1000);
        seen.Distinct().Count().ShouldBe(1000);
    }

    [Fact]
    public async Task Case_68_a_server_that_is_told_to_stop_is_waited_for()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await using var consumer = broker.Consumer();
        var reading = broker.ReadAsync(consumer, bodies => bodies.Distinct().Count() == 20);
        await broker.PublishAsync(publisher, count: 10, "before");

        await broker.Server.StopAsync();
        await broker.Server.RestartAsync();
        await broker.PublishAsync(publisher, count: 10, "after");

        (await reading).Distinct().Count().ShouldBe(20);
    }

    private static async Task ReadAllAsync(
        JetStreamConsumer consumer, ConcurrentBag<string> seen, CancellationToken cancellation)
    {
        await foreach (var batch in consumer.ReadBatchesAsync(max: 5, cancellation))
        {
            foreach (var message in batch)
            {
                seen.Add(Encoding.UTF8.GetString(message.Body.Span));
                message.Ack();
            }
        }
    }

    private static async Task<string> ReadOneAsync(JetStreamConsumer consumer)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        await foreach (var batch in consumer.ReadBatchesAsync(max: 1, limit.Token))
        {
            return Encoding.UTF8.GetString(batch[0].Body.Span);
        }

        throw new InvalidOperationException("Reading ended without a message.");
    }
}
