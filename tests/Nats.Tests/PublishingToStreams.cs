using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class PublishingToStreams
{
    [Fact]
    public async Task Case_25_a_message_is_acknowledged_with_its_place()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();

        var first = await publisher.PublishAsync(Broker.Subject, "a", default, Broker.Body("one"), broker.Limit);
        var second = await publisher.PublishAsync(Broker.Subject, "b", default, Broker.Body("two"), broker.Limit);

        first.ShouldBe(new PubAck(Broker.Stream, 1, Duplicate: false));
        second.ShouldBe(new PubAck(Broker.Stream, 2, Duplicate: false));
    }

    [Fact]
    public async Task Case_26_the_same_id_is_stored_once()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();

        await publisher.PublishAsync(Broker.Subject, "a", default, Broker.Body("one"), broker.Limit);
        var again = await publisher.PublishAsync(Broker.Subject, "a", default, Broker.Body("one"), broker.Limit);

        again.ShouldBe(new PubAck(Broker.Stream, 1, Duplicate: true));
        (await broker.StateAsync()).Messages.ShouldBe(1UL);
    }

    [Fact]
    public async Task Messages_of_many_callers_are_all_stored()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();

        await broker.PublishAsync(publisher, count: 5_000);

        (await broker.StateAsync()).Messages.ShouldBe(5_000UL);
    }

    [Fact]
    public async Task A_message_published_while_the_server_is_away_is_stored_when_it_is_back()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.Server.KillAsync();

        var publishing = publisher.PublishAsync(Broker.Subject, "a", default, Broker.Body("one"), broker.Limit);
        await broker.Server.RestartAsync();

        (await publishing).Sequence.ShouldBe(1UL);
    }

    [Fact]
    public async Task A_message_that_nobody_acknowledges_fails_at_its_deadline()
    {
        await using var connection = Broker.Connect($"nats://127.0.0.1:{FreePort.Next()}");
        await using var publisher = new JetStream(connection).CreatePublisher(
            new PublisherOptions { AckTimeout = TimeSpan.FromMilliseconds(200) });

        var failure = await Should.ThrowAsync<JetStreamException>(
            publisher.PublishAsync("some.subject", "a", default, default, CancellationToken.None).AsTask());

        failure.CanRetry.ShouldBeTrue();
    }

    [Fact]
    public async Task A_cancelled_publish_ends_at_once()
    {
        await using var connection = Broker.Connect($"nats://127.0.0.1:{FreePort.Next()}");
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());
        using var cancellation = new CancellationTokenSource();

        var publishing = publisher.PublishAsync("some.subject", "a", default, default, cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(publishing);
    }
}
