using EventLedger.EventStore.Appending;
using Npgsql;

namespace EventLedger.EventStore.Tests;

public class Appending
{
    [Fact]
    public async Task Events_of_many_streams_become_one_block_with_consecutive_positions()
    {
        await using var store = await TestStore.CreateAsync();

        var written = await store.AppendAsync(
            TestStore.Event("b", 1), TestStore.Event("a", 2), TestStore.Event("b", 3));

        written.FirstPosition.ShouldBe(1);
        var order = await store.ScalarAsync<string>(
            "select string_agg(seq_id || stream_id || version, ' ' order by seq_id) from mt_events");
        order.ShouldBe("1b1 2a1 3b2");
        (await store.ScalarAsync<long>("select version from mt_streams where id = 'b'")).ShouldBe(2);
        (await store.ScalarAsync<long>("select last_seq_id from mt_event_progression where name = 'HighWaterMark'"))
            .ShouldBe(3);
        (await store.VerifyAsync())
            .ShouldBe(new(Events: 3, Blocks: 1, VoidPositions: 0, HeadPosition: 3, Finding: null));
    }

    [Theory]
    [InlineData(EventBatch.InsertMax)]
    [InlineData(EventBatch.InsertMax + 1)]
    public async Task A_few_events_are_inserted_and_more_are_copied_to_the_same_effect(int count)
    {
        await using var store = await TestStore.CreateAsync();

        await store.AppendAsync([.. Enumerable.Range(0, count).Select(n => TestStore.Event($"s{n % 3}", n))]);

        (await store.VerifyAsync())
            .ShouldBe(new(Events: count, Blocks: 1, VoidPositions: 0, HeadPosition: count, Finding: null));
        (await store.ScalarAsync<long>("select count(*) from mt_events where mt_dotnet_type = 'Tests.Counted, Tests'"))
            .ShouldBe(count);
    }

    [Fact]
    public async Task An_id_that_is_stored_is_found_and_versions_stay_gapless()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1));

        await store.AppendAsync(TestStore.Event("a", 1));
        await store.AppendAsync(TestStore.Event("a", 1), TestStore.Event("a", 2));

        (await store.ScalarAsync<long>("select version from mt_streams where id = 'a'")).ShouldBe(2);
        (await store.VerifyAsync())
            .ShouldBe(new(Events: 2, Blocks: 2, VoidPositions: 0, HeadPosition: 2, Finding: null));
    }

    [Fact]
    public async Task An_event_as_old_as_the_first_is_still_known_ten_million_positions_later()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1));
        await store.ExecuteAsync("""
            select setval('mt_events_sequence', 9999999);
            select create_event_partition(slot) from generate_series(9, 10) as slot
            """);
        await store.AppendAsync(TestStore.Event("a", 2), TestStore.Event("b", 3));

        await store.AppendAsync(TestStore.Event("a", 1), TestStore.Event("b", 4));

        (await store.VerifyAsync())
            .ShouldBe(new(Events: 4, Blocks: 4, VoidPositions: 9_999_998, HeadPosition: 10_000_002, Finding: null));
    }

    [Fact]
    public async Task What_is_sent_along_and_fails_leaves_nothing_of_the_events()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1));

        await using (var append = await store.Store.BeginAsync(CancellationToken.None))
        {
            await append.LockAsync([new("a", 1)], [], CancellationToken.None);
            (await Should.ThrowAsync<PostgresException>(() => append.WriteAndCommitAsync(
                [TestStore.Event("a", 2)], [new("select 1 / 0", _ => { }, [])], CancellationToken.None)))
                .SqlState.ShouldBe(PostgresErrorCodes.DivisionByZero);
        }

        await store.AppendAsync(TestStore.Event("a", 2));
        (await store.VerifyAsync())
            .ShouldBe(new(Events: 2, Blocks: 3, VoidPositions: 1, HeadPosition: 3, Finding: null));
    }

    [Fact]
    public async Task What_is_sent_along_goes_on_from_the_positions_that_were_drawn()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1), TestStore.Event("a", 2));
        var seen = 0L;

        await using (var append = await store.Store.BeginAsync(CancellationToken.None))
        {
            await append.LockAsync([new("a", 1)], [], CancellationToken.None);
            var written = await append.WriteAndCommitAsync(
                [TestStore.Event("a", 3)],
                [new($"select {DrawnPositions.FirstSql}", row => seen = row.GetInt64(0), [])], CancellationToken.None);
            written.FirstPosition.ShouldBe(3);
        }

        seen.ShouldBe(3);
    }

    [Fact]
    public async Task Positions_that_jump_past_the_partitions_cost_one_append_and_no_event()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1));
        await store.ExecuteAsync("select setval('mt_events_sequence', 9999999)");

        // As a failure of the database's, not of the event's, which would be taken for one that can't be stored.
        (await Should.ThrowAsync<NpgsqlException>(() => store.AppendAsync(TestStore.Event("a", 2))))
            .ShouldNotBeOfType<PostgresException>();
        await store.AppendAsync(TestStore.Event("a", 2));

        (await store.VerifyAsync())
            .ShouldBe(new(Events: 2, Blocks: 3, VoidPositions: 9_999_999, HeadPosition: 10_000_001, Finding: null));
    }

    [Fact]
    public async Task Positions_of_a_failed_transaction_are_covered_by_a_void_block()
    {
        await using var store = await TestStore.CreateAsync();
        await store.FailAsync(TestStore.Event("a", 1));

        await store.AppendAsync(TestStore.Event("a", 2));

        (await store.VerifyAsync())
            .ShouldBe(new(Events: 1, Blocks: 2, VoidPositions: 1, HeadPosition: 2, Finding: null));
    }

    [Fact]
    public async Task Writers_on_the_same_streams_at_once_lose_nothing_and_leave_no_gap()
    {
        const int Writers = 8;
        const int Batches = 25;
        await using var store = await TestStore.CreateAsync();

        // Every writer sends the same ids, so that each id races against seven others.
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var random = new Random(writer);

            for (var batch = 0; batch < Batches; batch++)
            {
                var ids = Enumerable.Range(batch * 10, 20).Where(_ => random.Next(2) == 0).ToArray();
                random.Shuffle(ids);
                await store.AppendAsync([.. ids.Select(n => TestStore.Event($"s{n % 3}", n))]);
            }
        }));

        var report = await store.VerifyAsync();
        report.Finding.ShouldBeNull();
        report.Events.ShouldBe(await store.ScalarAsync<long>("select count(distinct id) from mt_events"));
        report.Events.ShouldBeGreaterThan(Batches * 10);
    }

    [Fact]
    public async Task A_partition_is_there_before_positions_reach_it()
    {
        await using var store = await TestStore.CreateAsync();
        await store.ExecuteAsync("select setval('mt_events_sequence', 3999999)");

        await store.AppendAsync([.. Enumerable.Range(1, 3).Select(n => TestStore.Event("a", n))]);

        (await store.ScalarAsync<string>("select string_agg(distinct tableoid::regclass::text, ' ') from mt_events"))
            .ShouldBe("mt_events_000003 mt_events_000004");
    }

    [Fact]
    public async Task An_insert_from_outside_is_refused_with_what_to_do_instead()
    {
        await using var store = await TestStore.CreateAsync();
        const string Columns = "(seq_id, id, stream_id, version, data, type, timestamp)";
        const string Values = "values (1, gen_random_uuid(), 's', 1, '{}', 't', now())";

        foreach (var table in new[] { "mt_events", "mt_events_000000" })
        {
            var refused = await Should.ThrowAsync<PostgresException>(
                () => store.ExecuteAsync($"insert into {table} {Columns} {Values}"));
            refused.SqlState.ShouldBe("EL001");
            refused.MessageText.ShouldContain("append only");
        }
    }
}
