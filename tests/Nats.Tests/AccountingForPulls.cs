namespace EventLedger.Nats.Tests;

public class AccountingForPulls
{
    private static readonly PullOptions Options = new()
    {
        MaxMessages = 10,
        Expires = TimeSpan.FromSeconds(30),
        Heartbeat = TimeSpan.FromSeconds(5),
    };

    private readonly PullEngine engine = new(Options);

    [Fact]
    public void It_asks_for_as_many_as_it_may_hold()
    {
        engine.Ready(At(0)).ShouldBe(Pull(10));
        engine.Owed.ShouldBe(10);
    }

    [Fact]
    public void Messages_count_until_they_are_handed_on()
    {
        engine.Ready(At(0));

        for (var i = 0; i < 10; i++)
        {
            engine.Received(At(1)).ShouldBe(default);
        }

        engine.HandedOn(4, At(1)).ShouldBe(default);
        engine.HandedOn(1, At(1)).ShouldBe(Pull(5));
    }

    [Fact]
    public void Case_44_one_message_at_a_time_works()
    {
        var single = new PullEngine(Options with { MaxMessages = 1 });

        single.Ready(At(0)).ShouldBe(Pull(1));
        single.Received(At(1)).ShouldBe(default);
        single.HandedOn(1, At(1)).ShouldBe(Pull(1));
    }

    [Theory]
    [InlineData(404, "No Messages")]
    [InlineData(408, "Request Timeout")]
    [InlineData(408, "Requests Pending")]
    [InlineData(408, "Interest Expired")]
    [InlineData(409, "Message Size Exceeds MaxBytes")]
    [InlineData(409, "Batch Completed")]
    public void Case_42_a_pull_that_ended_is_renewed_by_what_it_left_unserved(int code, string text)
    {
        engine.Ready(At(0));

        engine.Told(Status(code, text, unserved: 4), At(30)).ShouldBe(default);
        engine.Told(Status(code, text, unserved: 6), At(30)).ShouldBe(Pull(10));
    }

    [Fact]
    public void Case_42_an_idle_heartbeat_changes_nothing()
    {
        engine.Ready(At(0));

        engine.Told(Status(100, "Idle Heartbeat"), At(5)).ShouldBe(default);
        engine.Owed.ShouldBe(10);
    }

    [Fact]
    public void Case_42_after_a_leadership_change_it_pulls_at_once()
    {
        engine.Ready(At(0));
        engine.Received(At(1));

        engine.Told(Status(409, "Leadership Change"), At(1)).ShouldBe(Pull(9));
    }

    [Fact]
    public void Case_42_a_deleted_consumer_is_looked_for()
    {
        engine.Ready(At(0));

        engine.Told(Status(409, "Consumer Deleted"), At(1)).Action.ShouldBe(PullAction.Inspect);
        engine.Tick(At(60)).ShouldBe(default);
        engine.Ready(At(61)).ShouldBe(Pull(10));
    }

    [Fact]
    public void Case_42_a_server_that_stops_is_left_alone_for_a_moment()
    {
        engine.Ready(At(0));

        engine.Told(Status(409, "Server Shutdown", unserved: 10), At(1)).ShouldBe(default);
    }

    [Theory]
    [InlineData("Exceeded MaxRequestBatch of 5")]
    [InlineData("Exceeded MaxRequestExpires of 1s")]
    [InlineData("Exceeded MaxRequestMaxBytes of 5")]
    [InlineData("Exceeded MaxWaiting")]
    public void Case_42_a_pull_that_asks_for_too_much_is_made_smaller_and_later(string text)
    {
        engine.Ready(At(0));

        engine.Told(Status(409, text), At(1)).ShouldBe(default);
        engine.Tick(At(2)).ShouldBe(new PullStep(PullAction.Pull, 5, TimeSpan.FromSeconds(15)));
    }

    [Theory]
    [InlineData(503, "")]
    [InlineData(423, "Pinned")]
    [InlineData(412, "")]
    public void Case_42_what_may_pass_is_tried_again_later(int code, string text)
    {
        engine.Ready(At(0));

        engine.Told(Status(code, text), At(1)).ShouldBe(default);
        engine.Tick(At(1)).ShouldBe(default);
        engine.Tick(At(2)).ShouldBe(Pull(10));
    }

    [Theory]
    [InlineData(400, "Bad Request")]
    [InlineData(409, "Consumer is push based")]
    public void Case_42_what_cannot_pass_ends_it(int code, string text)
    {
        engine.Ready(At(0));

        engine.Told(Status(code, text), At(1)).Action.ShouldBe(PullAction.Stop);
        engine.Tick(At(60)).ShouldBe(default);
    }

    [Fact]
    public void Case_43_two_heartbeats_of_silence_end_a_pull()
    {
        engine.Ready(At(0));
        engine.Told(Status(100, "Idle Heartbeat"), At(5));

        engine.Tick(At(15)).ShouldBe(default);
        engine.Tick(At(15.1)).Action.ShouldBe(PullAction.Inspect);
    }

    [Fact]
    public void Case_43_silence_means_nothing_while_nothing_is_owed()
    {
        engine.Ready(At(0));

        for (var i = 0; i < 10; i++)
        {
            engine.Received(At(1));
        }

        engine.Tick(At(100)).ShouldBe(default);
        engine.HandedOn(10, At(100)).ShouldBe(Pull(10));
        engine.Tick(At(105)).ShouldBe(default);
    }

    [Fact]
    public void A_lost_connection_is_not_asked()
    {
        engine.Ready(At(0));
        engine.Received(At(1));
        engine.Lost();

        engine.Tick(At(100)).ShouldBe(default);
        engine.Ready(At(101)).ShouldBe(Pull(9));
    }

    [Fact]
    public void More_than_was_owed_never_counts_below_zero()
    {
        engine.Ready(At(0));
        engine.Told(Status(408, "Request Timeout", unserved: 25), At(1)).ShouldBe(Pull(10));
    }

    // It may not matter what came in which order: never more held and owed than allowed, never stuck.
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Whatever_happens_it_holds_its_bound_and_recovers(int seed)
    {
        var random = new Random(seed);
        var now = 0.0;
        engine.Ready(At(now));

        for (var i = 0; i < 20_000; i++)
        {
            now += random.NextDouble();
            Happen(random, At(now));
            (engine.Owed + engine.Held).ShouldBeInRange(0, Options.MaxMessages);
        }

        engine.HandedOn(engine.Held, At(now));
        engine.Ready(At(now + 100));
        engine.Owed.ShouldBeGreaterThan(0);
    }

    private void Happen(Random random, TimeSpan now)
    {
        switch (random.Next(7))
        {
            case 0 or 1 or 2 when engine.Owed > 0:
                engine.Received(now);
                break;
            case 3:
                engine.HandedOn(random.Next(engine.Held + 1), now);
                break;
            case 4:
                engine.Told(Status(408, "Request Timeout", random.Next(5)), now);
                break;
            case 5 when engine.Tick(now).Action == PullAction.Inspect:
                engine.Ready(now);
                break;
            case 6 when random.Next(50) == 0:
                engine.Lost();
                engine.Ready(now);
                break;
        }
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static PullStep Pull(int batch) => new(PullAction.Pull, batch, Options.Expires);

    private static PullStatus Status(int code, string text, int unserved = 0) => PullStatus.Read(
        HeaderBlock.Received(
            System.Text.Encoding.ASCII.GetBytes(
                $"NATS/1.0 {code} {text}\r\nNats-Pending-Messages: {unserved}\r\nNats-Pending-Bytes: 0\r\n\r\n")));
}
