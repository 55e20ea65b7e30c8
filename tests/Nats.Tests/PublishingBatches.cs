using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class PublishingBatches
{
    [Fact]
    public async Task All_messages_of_a_batch_are_stored_when_it_returns()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        var batch = Batch(1_000);

        await publisher.PublishAsync(batch, broker.Limit);

        Failures(batch).ShouldBeEmpty();
        (await broker.StateAsync()).Messages.ShouldBe(1_000UL);
    }

    [Fact]
    public async Task A_batch_of_nothing_returns_at_once()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();

        await publisher.PublishAsync(new PublishBatch(), broker.Limit);

        (await broker.StateAsync()).Messages.ShouldBe(0UL);
    }

    [Fact]
    public async Task A_message_that_is_refused_fails_alone()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        var batch = Batch(2);
        batch.Add(Broker.Subject, "large", new byte[2 * 1024 * 1024]);
        batch.Add(Broker.Subject, "last", Broker.Body("last"));

        await publisher.PublishAsync(batch, broker.Limit);

        Failures(batch).ShouldBe([2]);
        batch.HasFailed(2, out var failure).ShouldBeTrue();
        failure.ShouldBeOfType<JetStreamException>().ErrorCode.ShouldBe(JetStreamErrors.MessageTooLarge);
        (await broker.StateAsync()).Messages.ShouldBe(3UL);
    }

    [Fact]
    public async Task A_batch_published_while_the_server_is_away_is_stored_when_it_is_back()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.Server.KillAsync();
        var batch = Batch(10);

        var publishing = publisher.PublishAsync(batch, broker.Limit);
        await broker.Server.RestartAsync();
        await publishing;

        Failures(batch).ShouldBeEmpty();
    }

    [Fact]
    public async Task All_messages_fail_that_nobody_acknowledges_in_time()
    {
        await using var connection = Broker.Connect($"nats://127.0.0.1:{FreePort.Next()}");
        await using var publisher = new JetStream(connection).CreatePublisher(
            new PublisherOptions { AckTimeout = TimeSpan.FromMilliseconds(200) });
        var batch = Batch(3);

        await publisher.PublishAsync(batch, CancellationToken.None);

        Failures(batch).ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task A_cancelled_batch_ends_at_once()
    {
        await using var connection = Broker.Connect($"nats://127.0.0.1:{FreePort.Next()}");
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());
        using var cancellation = new CancellationTokenSource();

        var publishing = publisher.PublishAsync(Batch(3), cancellation.Token);
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(publishing);
    }

    private static PublishBatch Batch(int count)
    {
        var batch = new PublishBatch();

        for (var n = 0; n < count; n++)
        {
            batch.Add(Broker.Subject, $"id-{n}", Broker.Body($"{n}"));
        }

        return batch;
    }

    private static IEnumerable<int> Failures(PublishBatch batch) =>
        Enumerable.Range(0, batch.Count).Where(place => batch.HasFailed(place, out _));
}
