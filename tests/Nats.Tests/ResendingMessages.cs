using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class ResendingMessages
{
    private static readonly PublisherOptions Options = new()
    {
        Stream = Broker.Stream,
        AckTimeout = TimeSpan.FromSeconds(20),
        ResendAfter = TimeSpan.FromMilliseconds(100),
        RetryDelay = TimeSpan.FromMilliseconds(50),
    };

    [Theory]
    [InlineData("NATS/1.0 503\r\n\r\n", "")]
    [InlineData("NATS/1.0 503\r\nNats-Subject: a\r\n\r\n", "")]
    [InlineData("", """{"stream":"USAGE","seq":0,"duplicate":true}""")]
    [InlineData("", """{"error":{"code":503,"err_code":10077,"description":"full"},"stream":"USAGE","seq":0}""")]
    [InlineData("", "not JSON")]
    public async Task Case_7_and_27_what_is_no_success_is_tried_again_under_the_same_id(string headers, string body)
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.WelcomeAsync();
        await using var publisher = new JetStream(connection).CreatePublisher(Options);
        await session.ExpectSubscriptionAsync();
        await session.ExpectSubscriptionAsync();

        var publishing = publisher.PublishAsync("a", "id-1", default, default, CancellationToken.None);
        var first = await session.ExpectAsync("HPUB");
        (await session.ExpectAsync("Nats-Msg-Id")).ShouldBe("Nats-Msg-Id: id-1");
        await session.ReplyAsync(first, headers, body);

        var second = await session.ExpectAsync("HPUB");
        (await session.ExpectAsync("Nats-Msg-Id")).ShouldBe("Nats-Msg-Id: id-1");
        await session.ReplyAsync(second, "", """{"stream":"USAGE","seq":7}""");

        (await publishing).ShouldBe(new PubAck("USAGE", 7, Duplicate: false));
    }

    [Fact]
    public async Task Case_28_the_message_id_is_the_first_header_byte_for_byte()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        var headers = HeaderBlock.Of(("Orig-Nats-Msg-Id", "x"), ("note", "Nats-Msg-Id: y"));

        await publisher.PublishAsync(Broker.Subject, "an id: Nats-Msg-Id", headers, default, broker.Limit);
        var again = await publisher.PublishAsync(Broker.Subject, "an id: Nats-Msg-Id", headers, default, broker.Limit);
        var other = await publisher.PublishAsync(Broker.Subject, "an id: Nats-Msg-Id2", headers, default, broker.Limit);

        again.Duplicate.ShouldBeTrue();
        other.Duplicate.ShouldBeFalse();
    }

    [Fact]
    public async Task Case_30_a_message_for_a_stream_that_is_not_there_yet_is_stored_once_it_is()
    {
        await using var server = await TestNats.StartAsync();
        await using var connection = Broker.Connect(server.Url);
        var jetStream = new JetStream(connection);
        await using var publisher = jetStream.CreatePublisher(Options);

        var publishing = publisher.PublishAsync(Broker.Subject, "a", default, default, CancellationToken.None);
        await Eventually.HoldsAsync(() => publisher.Health.InFlight == 1);
        await jetStream.EnsureStreamAsync(Broker.StreamSpec, CancellationToken.None);

        (await publishing).Sequence.ShouldBe(1UL);
    }

    [Fact]
    public async Task Case_31_a_full_stream_refuses_and_a_publish_goes_on_once_it_was_drained()
    {
        await using var broker = await Broker.StartAsync(stream: Broker.StreamSpec with { MaxMessages = 10 });
        await using var hasty = broker.Publisher(Options with { AckTimeout = TimeSpan.FromMilliseconds(300) });
        await using var patient = broker.Publisher(Options);
        await broker.PublishAsync(patient, count: 10);

        var failure = await Should.ThrowAsync<JetStreamException>(
            hasty.PublishAsync(Broker.Subject, "one more", default, default, broker.Limit).AsTask());
        var publishing = patient.PublishAsync(Broker.Subject, "one more", default, default, broker.Limit);
        await PurgeBelowAsync(broker, sequence: 6);

        failure.ErrorCode.ShouldBe(JetStreamErrors.StreamStoreFailed);
        failure.CanRetry.ShouldBeTrue();
        (await publishing).ShouldBe(new PubAck(Broker.Stream, 11, Duplicate: false));
        var state = await broker.StateAsync();
        (state.FirstSequence, state.Messages).ShouldBe((6UL, 6UL));
    }

    [Fact]
    public async Task Case_34_a_message_whose_acknowledgement_was_lost_is_stored_once()
    {
        await using var broker = await Broker.StartAsync();
        await using var proxy = new FaultyProxy(broker.Server.Port);
        await using var connection = Broker.Connect(proxy.Url);
        await using var publisher = new JetStream(connection).CreatePublisher(Options);
        await publisher.PublishAsync(Broker.Subject, "first", default, default, broker.Limit);

        proxy.SwallowFromServer();
        var publishing = publisher.PublishAsync(Broker.Subject, "second", default, default, broker.Limit);
        await Eventually.HoldsAsync(async () => (await broker.StateAsync()).Messages == 2);
        proxy.CutAll();
        proxy.Heal();

        (await publishing).ShouldBe(new PubAck(Broker.Stream, 2, Duplicate: true));
        (await broker.StateAsync()).Messages.ShouldBe(2UL);
    }

    [Fact]
    public async Task Case_35_a_late_acknowledgement_is_not_taken_for_another_message()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.WelcomeAsync();
        await using var publisher = new JetStream(connection).CreatePublisher(Options with { MaxInFlight = 1 });
        await session.ExpectSubscriptionAsync();
        await session.ExpectSubscriptionAsync();

        var first = publisher.PublishAsync("a", "1", default, default, CancellationToken.None);
        var request = await session.ExpectAsync("HPUB");
        await session.ReplyAsync(request, "", """{"stream":"S","seq":1}""");
        await first;
        var second = publisher.PublishAsync("a", "2", default, default, CancellationToken.None);
        var other = await session.ExpectAsync("HPUB");
        await session.ReplyAsync(request, "", """{"stream":"S","seq":1,"duplicate":true}""");
        await session.ReplyAsync(other, "", """{"stream":"S","seq":2}""");

        (await second).Sequence.ShouldBe(2UL);
    }

    [Fact]
    public async Task Case_36_what_waits_is_bounded()
    {
        await using var connection = Broker.Connect("nats://127.0.0.1:1");
        await using var publisher = new JetStream(connection).CreatePublisher(
            new PublisherOptions
            {
                MaxInFlight = 4,
                MaxBytes = 1000,
                MaxWaiting = 3,
                AckTimeout = TimeSpan.FromMilliseconds(500),
            });
        ValueTask<PubAck> Publish(int bytes) =>
            publisher.PublishAsync("a", "id", default, new byte[bytes], CancellationToken.None);

        List<Task<PubAck>> publishing = [Publish(600).AsTask(), Publish(600).AsTask()];
        publisher.Health.InFlight.ShouldBe(1);
        publishing.AddRange([Publish(10).AsTask(), Publish(10).AsTask()]);
        publisher.Health.Waiting.ShouldBe(3);

        var refused = await Should.ThrowAsync<JetStreamException>(async () => await Publish(10));
        refused.CanRetry.ShouldBeTrue();
        await Should.ThrowAsync<JetStreamException>(Task.WhenAll(publishing));
        publisher.Health.ShouldBe(new PublisherHealth(0, 0, TimeSpan.Zero, LastProgress: null));
    }

    [Fact]
    public async Task Case_37_a_hundred_thousand_messages_have_no_gap()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        var count = Rounds.AreLong ? 1_000_000 : 100_000;

        for (var round = 0; round < count / 10_000; round++)
        {
            await broker.PublishAsync(publisher, count: 10_000, $"round-{round}");
        }

        var state = await broker.StateAsync();
        state.Messages.ShouldBe((ulong)count);
        state.LastSequence.ShouldBe((ulong)count);
    }

    private static async Task PurgeBelowAsync(Broker broker, int sequence) => await broker.Connection.RequestAsync(
        $"$JS.API.STREAM.PURGE.{Broker.Stream}",
        Broker.Body($$"""{"seq":{{sequence}}}"""),
        TimeSpan.FromSeconds(5),
        broker.Limit);
}
