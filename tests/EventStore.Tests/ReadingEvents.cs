using System.Text;
using EventLedger.EventStore.Reading;
using EventLedger.Testing;

namespace EventLedger.EventStore.Tests;

public class ReadingEvents
{
    [Fact]
    public async Task All_events_come_in_the_order_of_their_positions_with_what_was_stored()
    {
        await using var store = await TestStore.CreateAsync();
        var first = await store.AppendAsync(TestStore.Event("b", 1), TestStore.Event("ä", 2));
        await store.AppendAsync(TestStore.Event("b", 3));

        var events = await store.Reader.ReadFromAsync(1).ToListAsync();

        events.Select(e => (e.Position, e.StreamId, e.Version, e.Id)).ShouldBe(
        [
            (1, "b", 1, TestStore.IdOf(1)), (2, "ä", 1, TestStore.IdOf(2)), (3, "b", 2, TestStore.IdOf(3)),
        ]);
        events[0].Type.ShouldBe("counted");
        events[0].Time.ShouldBe(first.Time);
        Encoding.UTF8.GetString(events[0].Data.Span).ShouldBe(
            """{"n": 1, "fingerprint": "0100000000000001"}""");
    }

    [Fact]
    public async Task Reading_begins_at_the_position_asked_for_and_an_empty_ledger_has_nothing()
    {
        await using var store = await TestStore.CreateAsync();
        (await store.Reader.ReadFromAsync(1).ToListAsync()).ShouldBeEmpty();
        await store.AppendAsync([.. Enumerable.Range(1, 5).Select(n => TestStore.Event("a", n))]);

        (await PositionsAsync(store.Reader.ReadFromAsync(4))).ShouldBe([4L, 5L]);
        (await PositionsAsync(store.Reader.ReadFromAsync(6))).ShouldBeEmpty();
        (await PositionsAsync(store.Reader.ReadAsync(2, 3))).ShouldBe([2L, 3L]);
    }

    [Fact]
    public async Task Void_positions_slices_and_partitions_leave_no_trace_in_the_order()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1));
        await store.FailAsync(TestStore.Event("a", 2));
        await store.ExecuteAsync($"select setval('mt_events_sequence', {5 * SliceReader.PositionsMax - 1})");
        await store.AppendAsync(TestStore.Event("a", 3), TestStore.Event("a", 4), TestStore.Event("a", 5));
        await store.ExecuteAsync("select setval('mt_events_sequence', 999999)");
        await store.AppendAsync(TestStore.Event("a", 6), TestStore.Event("a", 7));

        const long SliceEnd = 5 * SliceReader.PositionsMax;
        (await PositionsAsync(store.Reader.ReadFromAsync(1)))
            .ShouldBe([1L, SliceEnd, SliceEnd + 1, SliceEnd + 2, 1_000_000, 1_000_001]);
        (await store.Reader.ReadStreamAsync("a").Select(e => e.Version).ToListAsync())
            .ShouldBe([1L, 2L, 3L, 4L, 5L, 6L]);
    }

    [Fact]
    public async Task Events_larger_than_a_page_come_whole()
    {
        await using var store = await TestStore.CreateAsync();
        int[] lengths = [SliceReader.PageBytes - 150, SliceReader.PageBytes, 1, 5 * SliceReader.PageBytes, 2];
        await store.AppendAsync([.. lengths.Select((length, n) => TestStore.Event("a", n + 1) with
        {
            Data = Encoding.UTF8.GetBytes($$"""{"s": "{{new string('x', length)}}"}"""),
        })]);

        var read = await store.Reader.ReadFromAsync(1).Select(e => Encoding.UTF8.GetString(e.Data.Span)).ToListAsync();

        read.ShouldBe(lengths.Select(length => $$"""{"s": "{{new string('x', length)}}"}"""));
    }

    [Fact]
    public async Task What_is_appended_while_reading_is_not_seen_since_the_head_was_read_first()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1), TestStore.Event("a", 2));
        await using var events = store.Reader.ReadFromAsync(1).GetAsyncEnumerator();
        await using var stream = store.Reader.ReadStreamAsync("a").GetAsyncEnumerator();
        await events.MoveNextAsync();
        await stream.MoveNextAsync();

        await store.AppendAsync(TestStore.Event("a", 3));

        (await events.MoveNextAsync()).ShouldBeTrue();
        (await events.MoveNextAsync()).ShouldBeFalse();
        (await stream.MoveNextAsync()).ShouldBeTrue();
        (await stream.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task One_stream_comes_in_the_order_of_its_versions_over_many_pages()
    {
        const int Events = 2 * EventReader.StreamPageMax + 1;
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync([.. Enumerable.Range(1, 2 * Events).Select(n => TestStore.Event($"s{n % 2}", n))]);

        var all = await store.Reader.ReadStreamAsync("s1").ToListAsync();
        var late = await store.Reader.ReadStreamAsync("s1", fromVersion: Events).ToListAsync();

        all.Select(e => e.Version).ShouldBe(Enumerable.Range(1, Events).Select(version => (long)version));
        all.ShouldAllBe(e => e.StreamId == "s1" && e.Type == "counted");
        late.ShouldHaveSingleItem().Position.ShouldBe(2 * Events - 1);
        (await store.Reader.ReadStreamAsync("nobody").ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reader_that_is_left_early_leaves_no_connection_behind()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync([.. Enumerable.Range(1, 2000).Select(n => TestStore.Event("a", n))]);

        for (var reading = 0; reading < 30; reading++)
        {
            (await store.Reader.ReadFromAsync(1).FirstAsync()).Position.ShouldBe(1);
        }

        await Eventually.BecomesAsync(
            () => store.ScalarAsync<long>("""
                select count(*) from pg_stat_activity
                where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
                """),
            busy => busy == 0);
    }

    [Fact]
    public async Task A_failure_reaches_whoever_reads()
    {
        await using var store = await TestStore.CreateAsync();
        await store.AppendAsync(TestStore.Event("a", 1));
        await store.ExecuteAsync("alter table mt_events rename to elsewhere");

        (await Should.ThrowAsync<Npgsql.PostgresException>(
            async () => await store.Reader.ReadFromAsync(1).CountAsync())).SqlState.ShouldBe("42P01");
    }

    private static async Task<List<long>> PositionsAsync(IAsyncEnumerable<StoredEvent> events) =>
        await events.Select(e => e.Position).ToListAsync();
}
