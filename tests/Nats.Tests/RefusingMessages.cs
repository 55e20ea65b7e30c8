using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class RefusingMessages
{
    [Fact]
    public async Task Case_10_a_message_that_is_too_large_fails_alone()
    {
        await using var broker = await Broker.StartAsync("max_payload: 10000");
        await using var publisher = broker.Publisher();
        var changes = 0;
        broker.Connection.StateChanged += _ => changes++;

        var failure = await Should.ThrowAsync<JetStreamException>(
            publisher.PublishAsync(Broker.Subject, "large", default, new byte[10_000], broker.Limit).AsTask());
        await publisher.PublishAsync(Broker.Subject, "small", default, new byte[9_000], broker.Limit);

        failure.CanRetry.ShouldBeFalse();
        changes.ShouldBe(0);
    }

    [Fact]
    public async Task Many_that_are_too_large_each_fail()
    {
        await using var broker = await Broker.StartAsync("max_payload: 10000");
        await using var publisher = broker.Publisher();
        var body = new byte[10_000];

        var publishing = Enumerable.Range(0, 10_000)
            .Select(i => publisher.PublishAsync(Broker.Subject, $"{i}", default, body, broker.Limit).AsTask())
            .ToList();

        await Should.ThrowAsync<JetStreamException>(Task.WhenAll(publishing));
        publishing.ShouldAllBe(publish => publish.IsFaulted);
    }

    [Fact]
    public async Task Case_11_a_limit_that_the_server_lowers_counts_from_then_on()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.WelcomeAsync();
        await connection.WaitConnectedAsync(CancellationToken.None);
        await session.SendAsync("INFO {\"headers\":true,\"max_payload\":100}\r\n");
        await Eventually.HoldsAsync(() => connection.Server!.MaxPayload == 100);

        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());
        var failure = await Should.ThrowAsync<JetStreamException>(
            publisher.PublishAsync("a", "id", default, new byte[100], CancellationToken.None).AsTask());

        failure.CanRetry.ShouldBeFalse();
    }

    [Fact]
    public async Task Case_12_a_subject_that_would_exceed_the_control_line_is_refused()
    {
        await using var broker = await Broker.StartAsync(
            stream: Broker.StreamSpec with { Subjects = [Broker.Subject, "long.>"] });
        await using var publisher = broker.Publisher();
        var longest = "long." + new string('x', Names.SubjectLengthMax - 5);

        await publisher.PublishAsync(longest, "longest", default, default, broker.Limit);
        await Should.ThrowAsync<ArgumentException>(
            async () => await publisher.PublishAsync(longest + "x", "longer", default, default, broker.Limit));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\r\nPUB b 0")]
    [InlineData("a.*")]
    [InlineData("a.>")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a..b")]
    [InlineData("ä")]
    public async Task A_subject_that_is_none_is_refused(string subject)
    {
        await using var connection = Broker.Connect("nats://127.0.0.1:1");
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());

        await Should.ThrowAsync<ArgumentException>(
            async () => await publisher.PublishAsync(subject, "id", default, default, CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\r\nb")]
    [InlineData(" a")]
    [InlineData("ä")]
    public async Task Case_9_a_message_id_that_would_not_be_found_again_is_refused(string messageId)
    {
        await using var connection = Broker.Connect("nats://127.0.0.1:1");
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());

        await Should.ThrowAsync<ArgumentException>(
            async () => await publisher.PublishAsync("a", messageId, default, default, CancellationToken.None));
    }

    [Theory]
    [InlineData("Nats-Rollup")]
    [InlineData("nats-msg-id")]
    public async Task A_header_of_the_server_is_refused(string key)
    {
        await using var connection = Broker.Connect("nats://127.0.0.1:1");
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());

        await Should.ThrowAsync<ArgumentException>(
            async () => await publisher.PublishAsync("a", "id", HeaderBlock.Of((key, "x")), default, default));
    }

    [Fact]
    public async Task Case_21_a_subject_that_may_not_be_published_to_fails_at_once()
    {
        await using var broker = await Broker.StartAsync(Permissions("publish: { deny: [secret] }"));
        await using var publisher = broker.Publisher();

        var failure = await Should.ThrowAsync<JetStreamException>(
            publisher.PublishAsync("secret", "a", default, default, broker.Limit).AsTask());
        var ack = await publisher.PublishAsync(Broker.Subject, "a", default, default, broker.Limit);

        failure.CanRetry.ShouldBeFalse();
        ack.Sequence.ShouldBe(1UL);
    }

    [Fact]
    public async Task Case_21_an_inbox_that_may_not_be_subscribed_to_fails_at_once()
    {
        await using var server = await TestNats.StartAsync(Permissions("subscribe: { deny: [\"_INBOX.>\"] }"));
        await using var connection = Broker.Connect(server.Url);
        await connection.WaitConnectedAsync(CancellationToken.None);

        // The server refuses it once, before the first request or during it: later ones hear nothing of their own.
        for (var request = 0; request < 3; request++)
        {
            await Should.ThrowAsync<NatsPermissionException>(
                async () => await connection.RequestAsync("$JS.API.INFO", default, TimeSpan.FromSeconds(10), default));
        }
    }

    [Fact]
    public async Task Case_21_a_publisher_whose_inbox_may_not_be_subscribed_to_fails_at_once()
    {
        await using var server = await TestNats.StartAsync(Permissions("subscribe: { deny: [\"_INBOX.>\"] }"));
        await using var connection = Broker.Connect(server.Url);
        await connection.WaitConnectedAsync(CancellationToken.None);
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());

        for (var message = 0; message < 3; message++)
        {
            var failure = await Should.ThrowAsync<JetStreamException>(
                async () => await publisher.PublishAsync(Broker.Subject, $"{message}", default, default, default));

            failure.Message.ShouldContain("Permissions Violation for Subscription");
        }
    }

    [Fact]
    public async Task Case_21_another_inbox_prefix_can_be_set()
    {
        await using var server = await TestNats.StartAsync(Permissions("subscribe: { allow: [\"mine.>\"] }"));
        await using var connection = Broker.Connect(server.Url, options => options with { InboxPrefix = "mine" });

        var reply = await connection.RequestAsync("$JS.API.INFO", default, TimeSpan.FromSeconds(10), default);

        reply.Body.Length.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Case_29_a_stream_that_is_not_the_expected_one_refuses()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher(new PublisherOptions { Stream = "ANOTHER" });

        var failure = await Should.ThrowAsync<JetStreamException>(
            publisher.PublishAsync(Broker.Subject, "a", default, default, broker.Limit).AsTask());

        failure.ErrorCode.ShouldBe(JetStreamErrors.ExpectedStreamMismatch);
        failure.CanRetry.ShouldBeFalse();
    }

    [Fact]
    public async Task Case_33_a_message_above_the_stream_s_limit_is_refused_for_good()
    {
        await using var broker = await Broker.StartAsync(stream: Broker.StreamSpec with { MaxMessageSize = 1000 });
        await using var publisher = broker.Publisher();

        var failure = await Should.ThrowAsync<JetStreamException>(
            publisher.PublishAsync(Broker.Subject, "a", default, new byte[2000], broker.Limit).AsTask());

        failure.ErrorCode.ShouldBe(JetStreamErrors.MessageTooLarge);
        failure.CanRetry.ShouldBeFalse();
    }

    [Fact]
    public async Task Case_33_headers_above_64_KiB_are_refused_for_good()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        var headers = HeaderBlock.Of(("long", new string('x', 65_536)));

        var failure = await Should.ThrowAsync<JetStreamException>(
            publisher.PublishAsync(Broker.Subject, "a", headers, default, broker.Limit).AsTask());

        failure.CanRetry.ShouldBeFalse();
    }

    private static string Permissions(string rules) =>
        $"authorization {{ default_permissions: {{ {rules} }}, users: [{{ user: u, password: p }}] }}\nno_auth_user: u";
}
