namespace EventLedger.Nats.Tests;

public class ProvisioningStreams
{
    [Fact]
    public async Task Case_38_what_is_there_already_is_taken_over_and_changed_where_it_can_be()
    {
        await using var broker = await Broker.StartAsync();
        var longer = Broker.StreamSpec with { MaxAge = TimeSpan.FromDays(14) };

        var again = await broker.JetStream.EnsureStreamAsync(Broker.StreamSpec, broker.Limit);
        var changed = await broker.JetStream.EnsureStreamAsync(longer, broker.Limit);

        again.Config.MaxAge.ShouldBe(TimeSpan.Zero);
        changed.Config.MaxAge.ShouldBe(TimeSpan.FromDays(14));
        changed.Created.ShouldBe(again.Created);
    }

    [Fact]
    public async Task Case_38_a_stream_for_other_subjects_is_not_taken_over()
    {
        await using var broker = await Broker.StartAsync();
        var other = Broker.StreamSpec with { Subjects = ["something.else"] };

        var drift = await Should.ThrowAsync<ConfigurationDriftException>(
            broker.JetStream.EnsureStreamAsync(other, broker.Limit).AsTask());

        drift.Setting.ShouldBe("subjects");
        drift.Asked.ShouldBe("\"something.else\"");
        drift.Found.ShouldContain(Broker.Subject);
    }

    [Fact]
    public async Task Case_32_a_byte_limit_that_deletes_acknowledged_messages_is_refused()
    {
        await using var broker = await Broker.StartAsync();

        var drift = await Should.ThrowAsync<ConfigurationDriftException>(
            broker.JetStream.EnsureStreamAsync(Broker.StreamSpec with { MaxBytes = 1_000_000 }, broker.Limit).AsTask());

        drift.Setting.ShouldBe("max_bytes");
    }

    [Fact]
    public async Task Case_38_a_consumer_is_taken_over_and_changed_where_it_can_be()
    {
        await using var broker = await Broker.StartAsync();

        var changed = await broker.JetStream.EnsureConsumerAsync(
            Broker.Stream, Broker.ConsumerSpec with { MaxAckPending = 100 }, broker.Limit);

        changed.Config.MaxAckPending.ShouldBe(100);
    }

    [Fact]
    public async Task What_is_absent_is_null()
    {
        await using var broker = await Broker.StartAsync();

        (await broker.JetStream.GetStreamAsync("ABSENT", broker.Limit)).ShouldBeNull();
        (await broker.JetStream.GetConsumerAsync(Broker.Stream, "absent", broker.Limit)).ShouldBeNull();
        (await broker.JetStream.GetConsumerAsync("ABSENT", "absent", broker.Limit)).ShouldBeNull();
    }
}
