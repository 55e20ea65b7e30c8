using System.Collections.Concurrent;
using EventLedger.Embedded.Processes;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class Connecting
{
    private static readonly CancellationToken Limit = new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    [Fact]
    public void Case_1_what_the_server_leaves_out_has_its_default()
    {
        var info = ServerInfo.Parse("{}"u8);

        info.MaxPayload.ShouldBe(1024 * 1024);
        info.ConnectUrls.ShouldBeEmpty();
        info.Version.ShouldBe("");
        (info.Headers || info.JetStream || info.TlsRequired || info.LameDuckMode).ShouldBeFalse();
    }

    [Fact]
    public async Task Case_2_it_is_connected_once_the_server_has_answered_the_login()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.AcceptAsync();
        await session.SendAsync(ScriptedPeer.Info + "\r\n");
        await session.ExpectAsync("PING");
        connection.State.ShouldBe(NatsState.Connecting);

        await session.SendAsync("PONG\r\n");
        await connection.WaitConnectedAsync(Limit);

        connection.State.ShouldBe(NatsState.Connected);
        connection.Server!.Version.ShouldBe("2.9.10");
    }

    [Fact]
    public async Task Case_5_the_first_line_may_come_in_pieces()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.AcceptAsync();

        await session.SendSplitAsync(ScriptedPeer.Info + "\r\n", at: ScriptedPeer.Info.Length + 1);
        await session.ExpectAsync("PING");
        await session.SendSplitAsync("PONG\r\n", at: 1);

        await connection.WaitConnectedAsync(Limit);
    }

    [Fact]
    public async Task Case_3_and_4_an_answer_that_is_cut_at_any_byte_arrives_whole()
    {
        const string Headers = "NATS/1.0\r\nKey: value\r\n\r\n";
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.WelcomeAsync();
        var inbox = await session.ExpectSubscriptionAsync();
        var frameLength = $"HMSG {inbox}1 1 26 26\r\n{Headers}\r\n".Length - 1;

        for (var at = 1; at < frameLength; at++)
        {
            var asking = connection.RequestAsync("a", default, TimeSpan.FromSeconds(20), Limit);
            await session.ReplyAsync(await session.ExpectAsync("PUB a "), Headers, "", splitAt: at);
            var reply = await asking;
            reply.Headers["Key"].ShouldBe("value");
            reply.Body.IsEmpty.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("MSG a 1 -5\r\n")]
    [InlineData("MSG a 1 999999999\r\n")]
    [InlineData("NONSENSE\r\n")]
    public async Task Case_6_after_a_violation_it_connects_anew(string violation)
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var first = await peer.WelcomeAsync();
        await first.SendAsync(violation);
        await first.ExpectEndAsync();

        using var second = await peer.WelcomeAsync();
        await Eventually.HoldsAsync(() => connection.State == NatsState.Connected);
    }

    [Fact]
    public void Case_6_attempts_come_ever_more_slowly_up_to_a_bound()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));

        backoff.Next().ShouldBe(TimeSpan.Zero);
        double[] longest = [.. Enumerable.Range(0, 8).Select(i => Math.Min(100 * Math.Pow(2, i), 5000))];
        longest.ShouldAllBe(milliseconds => backoff.Next().TotalMilliseconds <= milliseconds);
        Enumerable.Range(0, 1000).Max(_ => backoff.Next()).ShouldBeGreaterThan(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_ping_is_answered()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(peer.Url);
        using var session = await peer.WelcomeAsync();

        await session.SendAsync("PING\r\n");

        await session.ExpectAsync("PONG");
    }

    [Fact]
    public async Task A_server_that_no_longer_answers_pings_is_left()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(
            peer.Url, options => options with { PingInterval = TimeSpan.FromMilliseconds(50) });
        using var first = await peer.WelcomeAsync();
        await first.ExpectEndAsync();

        using var second = await peer.WelcomeAsync();
    }

    [Fact]
    public async Task A_server_that_no_longer_answers_is_left_though_a_flush_was_given_up()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(
            peer.Url, options => options with { PingInterval = TimeSpan.FromMilliseconds(50) });
        using var first = await peer.WelcomeAsync();
        await connection.WaitConnectedAsync(Limit);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(10));
        await Should.ThrowAsync<Exception>(() => connection.FlushAsync(soon.Token));
        await first.ExpectEndAsync();

        using var second = await peer.WelcomeAsync();
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_is_left()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(
            peer.Url, options => options with { HandshakeTimeout = TimeSpan.FromMilliseconds(100) });
        using var silent = await peer.AcceptAsync();
        await silent.ExpectEndAsync();

        using var session = await peer.WelcomeAsync();
        await connection.WaitConnectedAsync(Limit);
    }

    [Fact]
    public async Task A_write_that_makes_no_progress_ends_the_connection()
    {
        await using var peer = new ScriptedPeer();
        await using var connection = Broker.Connect(
            peer.Url,
            options => options with
            {
                WriteStallTimeout = TimeSpan.FromMilliseconds(200),
                PingInterval = TimeSpan.FromMilliseconds(250),
                PingsOutstandingMax = int.MaxValue,
            });
        var reasons = new ConcurrentQueue<string?>();
        connection.StateChanged += change => reasons.Enqueue(change.Reason?.Message);
        using var deaf = await peer.WelcomeAsync();
        await connection.WaitConnectedAsync(Limit);

        // Nobody reads: what the kernel takes is a few megabytes.
        await using var publisher = new JetStream(connection).CreatePublisher(
            new PublisherOptions { MaxBytes = 32 * 1024 * 1024, AckTimeout = TimeSpan.FromSeconds(3) });
        var body = new byte[512 * 1024];
        var publishing = Enumerable.Range(0, 60)
            .Select(i => publisher.PublishAsync("a", $"{i}", default, body, Limit).AsTask())
            .ToList();

        using var second = await peer.WelcomeAsync();
        reasons.ShouldContain(reason => reason != null && reason.Contains("no progress"));
        publishing.ForEach(publish => _ = publish.Exception);
    }

    [Fact]
    public async Task Case_13_a_wrong_password_is_tried_until_it_is_right()
    {
        await using var server = await TestNats.StartAsync("authorization { user: u, password: wrong }");
        await using var connection = Broker.Connect($"nats://u:right@127.0.0.1:{server.Port}");
        var refused = new TaskCompletionSource<Exception>();
        connection.StateChanged += change => refused.TrySetResult(change.Reason!);

        (await refused.Task).Message.ShouldContain("Authorization Violation");
        await server.RestartAsync("authorization { user: u, password: right }");

        await connection.WaitConnectedAsync(Limit);
    }

    [Theory]
    [InlineData("""token: "s3cret/@:%" """, "s3cret%2F%40%3A%25@")]
    [InlineData("""user: "a:b", password: "p@ss/word" """, "a%3Ab:p%40ss%2Fword@")]
    public async Task Case_14_credentials_in_the_url_are_decoded(string authorization, string userInfo)
    {
        await using var server = await TestNats.StartAsync($"authorization {{ {authorization} }}");
        await using var connection = Broker.Connect($"nats://{userInfo}127.0.0.1:{server.Port}");

        await connection.WaitConnectedAsync(Limit);
    }

    [Fact]
    public void No_credential_is_shown()
    {
        var options = new NatsOptions { Url = "nats://u:s3cret@a:1,nats://t0ken@b:2,c:3" };

        options.ToString().ShouldBe("eventledger at nats://***@a:1,nats://***@b:2,c:3");
        var refusal = Should.Throw<ArgumentException>(() => ServerAddress.ParseAll("http://u:s3cret@a"));
        refusal.Message.ShouldNotContain("s3cret");
    }

    [Theory]
    [InlineData("nats://h", "h:4222")]
    [InlineData("h:1", "h:1")]
    [InlineData("nats://[::1]:7", "[::1]:7")]
    [InlineData("nats://u:p@h:1/,tls://i", "h:1 i:4222")]
    public void A_url_names_servers(string url, string servers) =>
        string.Join(' ', ServerAddress.ParseAll(url)).ShouldBe(servers);

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("http://h")]
    [InlineData("nats://")]
    [InlineData("nats://h:0")]
    [InlineData("nats://h:65536")]
    [InlineData("nats://h:x")]
    public void Another_url_is_refused(string url) =>
        Should.Throw<ArgumentException>(() => ServerAddress.ParseAll(url));

    [Fact]
    public async Task Case_22_a_server_that_gives_up_on_the_login_is_tried_again()
    {
        await using var server = await TestNats.StartAsync("authorization { user: u, password: p, timeout: 0.3 }");
        await using var proxy = new FaultyProxy(server.Port);
        proxy.SwallowFromClient();
        await using var connection = Broker.Connect(proxy.Url.Replace("nats://", "nats://u:p@"));
        var refused = new TaskCompletionSource<Exception>();
        connection.StateChanged += change => refused.TrySetResult(change.Reason!);

        (await refused.Task).Message.ShouldContain("Authentication Timeout");
        proxy.Heal();

        await connection.WaitConnectedAsync(Limit);
    }

    [Fact]
    public async Task Case_23_servers_that_the_server_tells_of_are_tried_and_seeds_are_kept()
    {
        await using var seed = new ScriptedPeer();
        await using var other = new ScriptedPeer();
        await using var connection = Broker.Connect(
            seed.Url, options => options with { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });
        var info = ScriptedPeer.Info.Replace("{", $$"""{"connect_urls":["{{other.Url["nats://".Length..]}}"],""");

        using (await seed.WelcomeAsync(info))
        {
            await connection.WaitConnectedAsync(Limit);
        }

        using (await other.WelcomeAsync())
        {
            await Eventually.HoldsAsync(() => connection.State == NatsState.Connected);
        }

        using var again = await seed.WelcomeLatestAsync();
    }

    [Fact]
    public async Task Case_24_a_server_in_lame_duck_mode_is_left_for_another()
    {
        // It would send clients away by itself only half a minute later.
        const string Settings = "lame_duck_duration: 60s, lame_duck_grace_period: 30s";
        await using var first = await TestNats.StartAsync($"server_name: first\n{Settings}");
        await using var second = await TestNats.StartAsync($"server_name: second\n{Settings}");
        await using var connection = Broker.Connect($"{first.Url},{second.Url}");
        await connection.WaitConnectedAsync(Limit);
        var reasons = new ConcurrentQueue<string?>();
        connection.StateChanged += change => reasons.Enqueue(change.Reason?.Message);
        var (lame, other) = connection.Server!.ServerName == "first" ? (first, "second") : (second, "first");

        lame.Process.Send(Signal.User2);

        await Eventually.HoldsAsync(() => connection.Server?.ServerName == other, within: TimeSpan.FromSeconds(20));
        reasons.ShouldContain("The server is about to stop.");
    }

    [Fact]
    public void Case_12_an_inbox_prefix_that_would_exceed_the_control_line_is_refused() =>
        Should.Throw<ArgumentException>(() => Broker.Connect(
            "nats://127.0.0.1:1", options => options with { InboxPrefix = new string('x', 256) }));

    [Fact]
    public async Task Waiting_for_a_connection_that_is_closed_ends()
    {
        await using var connection = Broker.Connect($"nats://127.0.0.1:{FreePort.Next()}");
        var waiting = connection.WaitConnectedAsync(Limit);

        await connection.DisposeAsync();

        await Should.ThrowAsync<NatsDisconnectedException>(waiting);
        connection.State.ShouldBe(NatsState.Closed);
    }
}
