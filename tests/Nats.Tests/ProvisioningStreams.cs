using System.Text;
using EventLedger.Testing;

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
    public async Task A_consumer_is_deleted_once_and_its_stream_stays()
    {
        await using var broker = await Broker.StartAsync();

        (await broker.JetStream.DeleteConsumerAsync(Broker.Stream, Broker.Durable, broker.Limit)).ShouldBeTrue();
        (await broker.JetStream.DeleteConsumerAsync(Broker.Stream, Broker.Durable, broker.Limit)).ShouldBeFalse();
        (await broker.JetStream.DeleteConsumerAsync("NONE", Broker.Durable, broker.Limit)).ShouldBeFalse();

        (await broker.JetStream.GetConsumerAsync(Broker.Stream, Broker.Durable, broker.Limit)).ShouldBeNull();
        (await broker.JetStream.GetStreamAsync(Broker.Stream, broker.Limit)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_stream_that_somebody_spread_over_more_servers_stays_spread()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await using var cluster = await Cluster.StartAsync(limit.Token);
        await using var connection = Broker.Connect(cluster[Cluster.Other("n0")].Url);

        var found = await new JetStream(connection).EnsureStreamAsync(Broker.StreamSpec, limit.Token);

        found.Config.Replicas.ShouldBe(3);
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

    [Theory]
    [InlineData("storage", "memory")]
    [InlineData("retention", "workqueue")]
    [InlineData("retention", "interest")]
    public async Task Case_38_a_stream_that_could_lose_messages_is_not_taken_over(string setting, string value)
    {
        await using var server = await TestNats.StartAsync();
        await using var connection = Broker.Connect(server.Url);
        await CreateAsync(connection, $$"""{"name":"USAGE","subjects":["usage.recorded"],"{{setting}}":"{{value}}"}""");

        var drift = await Should.ThrowAsync<ConfigurationDriftException>(
            new JetStream(connection).EnsureStreamAsync(Broker.StreamSpec, CancellationToken.None).AsTask());

        drift.Setting.ShouldBe(setting);
        drift.Found.ShouldContain(value);
    }

    [Fact]
    public async Task A_stream_of_another_version_is_taken_over_and_made_safe()
    {
        await using var server = await TestNats.StartAsync();
        await using var connection = Broker.Connect(server.Url);
        await CreateAsync(
            connection,
            """
            {"name":"USAGE","subjects":["usage.recorded"],"discard":"old","max_bytes":1000000,"max_msgs":10,
             "description":"theirs","max_consumers":7}
            """);

        var stream = await new JetStream(connection).EnsureStreamAsync(Broker.StreamSpec, CancellationToken.None);

        stream.Config.Discard.ShouldBe("new");
        stream.Config.MaxBytes.ShouldBe(-1);
        stream.Config.MaxMessages.ShouldBe(-1);
        var raw = await connection.RequestAsync(
            "$JS.API.STREAM.INFO.USAGE", default, TimeSpan.FromSeconds(5), CancellationToken.None);
        Encoding.UTF8.GetString(raw.Body.Span).ShouldContain("\"description\":\"theirs\"");
    }

    [Theory]
    [InlineData("'ack_policy':'none'", "ack_policy")]
    [InlineData("'ack_policy':'explicit','filter_subject':'usage.recorded'", "filter_subject")]
    [InlineData("'ack_policy':'explicit','deliver_policy':'new'", "deliver_policy")]
    [InlineData("'ack_policy':'explicit','deliver_subject':'somewhere'", "deliver_subject")]
    public async Task Case_38_a_consumer_that_could_miss_messages_is_not_taken_over(string settings, string setting)
    {
        await using var server = await TestNats.StartAsync();
        await using var connection = Broker.Connect(server.Url);
        var jetStream = new JetStream(connection);
        await jetStream.EnsureStreamAsync(Broker.StreamSpec, CancellationToken.None);
        var config = $"{{'stream_name':'USAGE','config':{{'durable_name':'ledger',{settings}}}}}".Replace('\'', '"');
        await connection.RequestAsync(
            "$JS.API.CONSUMER.DURABLE.CREATE.USAGE.ledger",
            Encoding.UTF8.GetBytes(config),
            TimeSpan.FromSeconds(5),
            CancellationToken.None);

        var drift = await Should.ThrowAsync<ConfigurationDriftException>(
            jetStream.EnsureConsumerAsync(Broker.Stream, Broker.ConsumerSpec, CancellationToken.None).AsTask());

        drift.Setting.ShouldBe(setting);
    }

    [Fact]
    public async Task Case_39_a_setting_that_the_server_drops_without_a_word_stops_the_start()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.WelcomeAsync();
        await session.ExpectSubscriptionAsync();
        var ensuring = new JetStream(connection).EnsureConsumerAsync(
            "S", Broker.ConsumerSpec with { FilterSubject = "a.b" }, CancellationToken.None).AsTask();

        var info = await session.ExpectAsync("PUB $JS.API.CONSUMER.INFO.S.ledger");
        await session.ReplyAsync(info, "", """{"error":{"code":404,"err_code":10014}}""");
        var create = await session.ExpectAsync("PUB $JS.API.CONSUMER.DURABLE.CREATE.S.ledger");
        await session.ReplyAsync(create, "", """{"config":{"durable_name":"ledger","ack_policy":"explicit"}}""");

        var drift = await Should.ThrowAsync<ConfigurationDriftException>(ensuring);
        drift.Setting.ShouldBe("filter_subject");
        drift.Found.ShouldBe("the server has nothing");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(JetStream.IncompleteReadsMax)]
    public async Task A_stream_that_is_being_made_is_asked_for_again_until_its_time_is_set(int incomplete)
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.WelcomeAsync();
        await session.ExpectSubscriptionAsync();
        var finding = new JetStream(connection).GetStreamAsync("S", CancellationToken.None).AsTask();

        for (var read = 0; read < incomplete; read++)
        {
            var early = await session.ExpectAsync("PUB $JS.API.STREAM.INFO.S");
            await session.ReplyAsync(early, "", """{"created":"0001-01-01T00:00:00Z","config":{"name":"S"}}""");
        }

        if (incomplete == JetStream.IncompleteReadsMax)
        {
            (await Should.ThrowAsync<JetStreamException>(finding)).CanRetry.ShouldBeTrue();
            return;
        }

        var late = await session.ExpectAsync("PUB $JS.API.STREAM.INFO.S");
        await session.ReplyAsync(late, "", """{"created":"2026-11-22T07:00:00Z","config":{"name":"S"}}""");
        (await finding)!.Created.Year.ShouldBe(2026);
    }

    [Fact]
    public async Task Two_that_provision_at_the_same_time_both_succeed()
    {
        await using var server = await TestNats.StartAsync();
        await using var one = Broker.Connect(server.Url);
        await using var other = Broker.Connect(server.Url);

        Task<StreamInfo> Ensure(NatsConnection connection) =>
            new JetStream(connection).EnsureStreamAsync(Broker.StreamSpec, CancellationToken.None).AsTask();
        var streams = await Task.WhenAll(Ensure(one), Ensure(other));

        streams[0].Created.ShouldBe(streams[1].Created);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("a*")]
    [InlineData("a>")]
    [InlineData("a/b")]
    public async Task A_name_that_would_change_the_subject_is_refused(string name)
    {
        await using var connection = Broker.Connect("nats://127.0.0.1:1");
        var jetStream = new JetStream(connection);

        await Should.ThrowAsync<ArgumentException>(async () => await jetStream.GetStreamAsync(name, default));
        Should.Throw<ArgumentException>(() => jetStream.CreateConsumer("S", name, new PullOptions()));
    }

    [Fact]
    public async Task What_is_absent_is_null()
    {
        await using var broker = await Broker.StartAsync();

        (await broker.JetStream.GetStreamAsync("ABSENT", broker.Limit)).ShouldBeNull();
        (await broker.JetStream.GetConsumerAsync(Broker.Stream, "absent", broker.Limit)).ShouldBeNull();
        (await broker.JetStream.GetConsumerAsync("ABSENT", "absent", broker.Limit)).ShouldBeNull();
    }

    private static async Task CreateAsync(NatsConnection connection, string config)
    {
        await connection.WaitConnectedAsync(CancellationToken.None);
        await connection.RequestAsync(
            "$JS.API.STREAM.CREATE.USAGE", Encoding.UTF8.GetBytes(config), TimeSpan.FromSeconds(5), default);
    }
}
