using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Reading;
using EventLedger.EventStore.Schema;
using EventLedger.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.EventStore.Tests;

public class Tailing
{
    // So long that nothing but a notification can be what is heard in time.
    private static readonly TailOptions NeverPolls = new() { PollInterval = TimeSpan.FromMinutes(10) };

    private static readonly TailOptions PollsOften = new() { PollInterval = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task A_tail_catches_up_and_then_follows_notifications()
    {
        await using var store = await TestStore.CreateAsync();
        await using var notifier = Notifier(store);
        await store.AppendAsync(TestStore.Event("a", 1), TestStore.Event("a", 2));
        await using var tail = new Follower(store, NeverPolls, after: 1);
        await tail.ReachesAsync(2);
        await ListensAsync(store);

        await store.AppendAsync(TestStore.Event("a", 3));
        notifier.Announce();

        await tail.ReachesAsync(3);
        tail.Positions.ShouldBe([2L, 3L]);
    }

    [Fact]
    public async Task A_lost_notification_is_made_up_for_by_polling()
    {
        await using var store = await TestStore.CreateAsync();
        await using var tail = new Follower(store, PollsOften);
        await ListensAsync(store);

        await store.AppendAsync(TestStore.Event("a", 1));

        await tail.ReachesAsync(1);
    }

    [Fact]
    public async Task Void_positions_are_passed_also_where_the_head_ends_with_them()
    {
        await using var store = await TestStore.CreateAsync();
        await using var tail = new Follower(store, PollsOften);
        await store.FailAsync(TestStore.Event("a", 1));
        await store.AppendAsync(TestStore.Event("a", 2));
        await store.ExecuteAsync("update head set position = 5; select setval('mt_events_sequence', 5)");
        await tail.ReachesAsync(2);

        await store.AppendAsync(TestStore.Event("a", 3));

        await tail.ReachesAsync(6);
        tail.Positions.ShouldBe([2L, 6L]);
    }

    [Fact]
    public async Task A_ledger_that_is_behind_the_position_reached_is_another_one()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1));

        await using var tail = new Follower(store, PollsOften, after: 2);

        (await Should.ThrowAsync<InvalidDataException>(tail.Ended)).Message.ShouldContain("before 2");
    }

    [Fact]
    public async Task Cut_connections_cost_no_event_and_repeat_none()
    {
        const int Batches = 60;
        await using var store = await TestStore.CreateAsync();
        await using var tail = new Follower(store, PollsOften);

        for (var batch = 0; batch < Batches; batch++)
        {
            await store.AppendAsync([.. Enumerable.Range(batch * 10 + 1, 10).Select(n => TestStore.Event("a", n))]);

            if (batch % 5 == 0)
            {
                await store.ExecuteAsync("""
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and application_name = 'tail'
                    """);
            }
        }

        await tail.ReachesAsync(Batches * 10);
        tail.Positions.ShouldBe(Enumerable.Range(1, Batches * 10).Select(n => (long)n));
    }

    [Fact]
    public async Task A_tail_outlives_a_killed_database()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        await using var store = await TestStore.CreateAsync(await TestDatabase.CreateAsync(cluster, "tail"));
        await using var tail = new Follower(store, PollsOften);
        await store.AppendAsync(TestStore.Event("a", 1));
        await tail.ReachesAsync(1);

        cluster.Process!.Send(Embedded.Processes.Signal.Kill);
        await cluster.LaunchAsync(CancellationToken.None);
        await Eventually.HoldsAsync(() => SucceedsAsync(() => store.AppendAsync(TestStore.Event("a", 2))));

        await Eventually.HoldsAsync(() => tail.Positions.Count == 2);
        tail.Positions[0].ShouldBe(1);
    }

    [Fact]
    public async Task What_the_database_refuses_ends_the_tail()
    {
        await using var store = await TestStore.CreateAsync();
        await using var tail = new Follower(store, PollsOften);

        await store.ExecuteAsync("alter table head rename to elsewhere");

        (await Should.ThrowAsync<Npgsql.PostgresException>(tail.Ended)).SqlState.ShouldBe("42P01");
    }

    [Fact]
    public async Task Notifications_of_many_commits_are_joined_to_one_an_interval()
    {
        const int Announcements = 1000;
        await using var store = await TestStore.CreateAsync();
        await using var connection = await store.Database.OpenConnectionAsync();
        var heard = 0;
        connection.Notification += (_, _) => heard++;
        await using var listen = new Npgsql.NpgsqlCommand($"listen {HeadNotifier.Channel}", connection);
        await listen.ExecuteNonQueryAsync();
        var time = TimeProvider.System;
        var began = time.GetTimestamp();

        await using (var notifier = Notifier(store))
        {
            for (var n = 0; n < Announcements; n++)
            {
                notifier.Announce();
                await Task.Yield();
            }
        }

        var intervals = (int)(time.GetElapsedTime(began) / HeadNotifier.Interval);
        await listen.ExecuteNonQueryAsync();
        heard.ShouldBeInRange(1, intervals + 1);
    }

    [Fact]
    public async Task Pauses_grow_to_their_bound_and_begin_anew_after_a_success()
    {
        var time = new SteppedTime();
        var pause = new GrowingPause(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(350), time);

        for (var failure = 0; failure < 4; failure++)
        {
            await pause.WaitAsync(CancellationToken.None);
        }

        pause.Reset();
        await pause.WaitAsync(CancellationToken.None);

        time.WaitedMs.ShouldBe([100L, 200L, 350L, 350L, 100L]);
    }

    [Fact]
    public async Task Whatever_fails_is_logged_and_the_next_announcement_is_tried_again()
    {
        await using var store = await TestStore.CreateAsync();
        using var log = new KeptLog();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        var database = DatabaseUrl.Open(store.Url, "tests");
        await using var notifier = new HeadNotifier(
            database, TimeProvider.System, logging.CreateLogger<HeadNotifier>());

        // What comes of it is no failure of PostgreSQL's.
        await database.DisposeAsync();

        foreach (var failures in (int[])[1, 2])
        {
            notifier.Announce();
            await Eventually.HoldsAsync(() => log.Lines.Count >= failures);
        }
    }

    private static HeadNotifier Notifier(TestStore store) =>
        new(store.Database, TimeProvider.System, NullLogger<HeadNotifier>.Instance);

    private static Task ListensAsync(TestStore store) => Eventually.BecomesAsync(
        () => store.ScalarAsync<long>("""
            select count(*) from pg_stat_activity where datname = current_database() and query like 'listen %'
            """),
        listening => listening == 1);

    private static async Task<bool> SucceedsAsync(Func<Task<WrittenEvents>> append)
    {
        try
        {
            await append();
            return true;
        }
        catch (Npgsql.NpgsqlException)
        {
            return false;
        }
    }
}
