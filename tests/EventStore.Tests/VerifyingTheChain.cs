using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Tests;

/// <summary>Each way to change the ledger behind its back is found, at the position where it was done.</summary>
public class VerifyingTheChain
{
    private const string OverwriteAnIndexedRow = "set session_replication_role = replica;";

    [Theory]
    [InlineData("update mt_events set data = jsonb_set(data, '{n}', '0') where seq_id = 7", 7)]
    [InlineData("update mt_events set data = data || '{\"more\":1.5}' where seq_id = 7", 7)]
    [InlineData("update mt_events set id = gen_random_uuid() where seq_id = 7", 7)]
    [InlineData("update mt_events set stream_id = 'other' where seq_id = 7", 7)]
    [InlineData("update mt_events set version = version + 100 where seq_id = 7", 7)]
    [InlineData("update mt_events set type = 'renamed' where seq_id = 7", 7)]
    [InlineData("update mt_events set timestamp = timestamp + interval '1 microsecond' where seq_id = 7", 7)]
    [InlineData("update mt_events set tenant_id = 't' where seq_id = 7", 7)]
    [InlineData("update mt_events set is_archived = true where seq_id = 7", 7)]
    [InlineData("update mt_events set headers = '{}' where seq_id = 7", 7)]
    [InlineData("update mt_events set bdata = '' where seq_id = 7", 7)]
    [InlineData("delete from mt_events where seq_id = 7", 7)]
    [InlineData("delete from mt_events where seq_id = 12", 12)]
    [InlineData("update mt_events set seq_id = -1 where seq_id = 7", 7)]
    [InlineData("""
        update mt_events set seq_id = -7 where seq_id = 7; update mt_events set seq_id = 7 where seq_id = 8;
        update mt_events set seq_id = 8 where seq_id = -7
        """, 7)]
    [InlineData("""
        update mt_events a set data = b.data, id = b.id from mt_events b where a.seq_id + b.seq_id = 15
            and a.seq_id in (7, 8)
        """, 7)]
    [InlineData("update event_ids set position = 99 where position = 7", 7)]
    [InlineData("update event_ids set fingerprint = 0 where position = 7", 7)]
    [InlineData("update event_ids set id = gen_random_uuid() where position = 7", 7)]
    [InlineData("delete from event_ids where position = 7", 7)]
    [InlineData("update blocks set root = sha256('x') where first_position = 7", 7)]
    [InlineData("update blocks set hash = sha256('x') where first_position = 7", 7)]
    [InlineData("update blocks set number = 99 where first_position = 7", 7)]
    [InlineData("update blocks set recorded_at = 'epoch' where first_position = 7", 7)]
    [InlineData("update blocks set positions = 1 where first_position = 7", 7)]
    [InlineData("update blocks set first_position = 8 where first_position = 7", 7)]
    [InlineData("delete from blocks where first_position = 7", 7)]
    [InlineData("update head set hash = sha256('x')", 13)]
    [InlineData("update head set position = 11", 12)]
    [InlineData("update head set block = 3", 13)]
    [InlineData("update head set recorded_at = now()", 13)]
    [InlineData("delete from head", 12)]
    public async Task A_change_is_found_at_its_position(string change, long position)
    {
        await using var store = await CreateFilledAsync();

        await store.ExecuteAsync(OverwriteAnIndexedRow + change);

        (await store.VerifyAsync()).Finding.ShouldNotBeNull().Position.ShouldBe(position);
    }

    [Theory]
    [InlineData("update mt_streams set version = version + 1 where id = 's1'")]
    [InlineData("delete from mt_streams where id = 's1'")]
    public async Task A_stream_row_that_disagrees_is_named(string change)
    {
        await using var store = await CreateFilledAsync();

        await store.ExecuteAsync(change);

        (await store.VerifyAsync()).Finding.ShouldNotBeNull().Message.ShouldContain("stream");
    }

    [Fact]
    public async Task An_event_beyond_the_head_is_found()
    {
        await using var store = await CreateFilledAsync();

        await store.ExecuteAsync("""
            select set_config('eventledger.ticket', '1', false);
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            values (13, gen_random_uuid(), 's1', 5, '{}', 't', now())
            """);

        (await store.VerifyAsync()).Finding.ShouldNotBeNull().Position.ShouldBe(13);
    }

    [Fact]
    public async Task An_untouched_ledger_has_no_finding_and_tells_how_far_it_got()
    {
        await using var store = await CreateFilledAsync();

        (await store.VerifyAsync())
            .ShouldBe(new(Events: 12, Blocks: 4, VoidPositions: 0, HeadPosition: 12, Finding: null));
    }

    [Theory]
    [InlineData("update event_ids set digest = 0 where position = 7", 7)]
    [InlineData("update event_ids set position = -1 where position = 7", 7)]
    [InlineData("insert into event_ids values (gen_random_uuid(), 5, 0, 0)", 5)]
    [InlineData("insert into event_ids values (gen_random_uuid(), 99, 0, 0)", 99)]
    [InlineData("update mt_streams set tenant_id = 't'", null)]
    [InlineData("update mt_streams set type = 't'", null)]
    [InlineData("update mt_streams set id = 'x' where id = 's0'", null)]
    [InlineData("insert into blocks select 0, 1, 1, recorded_at, root, hash from blocks where number = 1", 1)]
    // Two changes: the first one is named, whatever finds it.
    [InlineData("""
        update event_ids set digest = 0 where position = 2; update mt_events set data = '{}' where seq_id = 9
        """, 2)]
    [InlineData("update mt_events set data = '{}' where seq_id = 7; delete from mt_events where seq_id = 8", 7)]
    [InlineData("update mt_events set data = '{}' where seq_id = 7; update head set position = 3", 7)]
    public async Task Whatever_else_was_changed_is_found_too(string change, int? position)
    {
        await using var store = await CreateFilledAsync();

        await store.ExecuteAsync(OverwriteAnIndexedRow + change);

        (await store.VerifyAsync()).Finding.ShouldNotBeNull().Position.ShouldBe(position);
    }

    [Fact]
    public async Task A_part_is_checked_from_the_block_of_its_first_position_on()
    {
        await using var store = await CreateFilledAsync();
        await store.ExecuteAsync("update mt_events set data = '{}' where seq_id = 2");

        (await store.VerifyAsync(new() { From = 8 })).ShouldBe(new(Events: 6, Blocks: 2, 0, HeadPosition: 12, null));
        (await store.VerifyAsync(new() { From = 3 })).Finding.ShouldNotBeNull().Position.ShouldBe(2);
        await Should.ThrowAsync<ProofException>(() => store.VerifyAsync(new() { From = 13 }));
    }

    [Fact]
    public async Task One_stream_is_checked_with_the_blocks_that_hold_its_events()
    {
        await using var store = await CreateFilledAsync();
        await store.AppendAsync(TestStore.Event("other", 50));

        (await store.VerifyStreamAsync("s1")).ShouldBe(new(Events: 4, Blocks: 4, 0, HeadPosition: 11, null));
        (await store.VerifyStreamAsync("nobody")).ShouldBeNull();

        await store.ExecuteAsync("update mt_events set data = '{}' where seq_id = 8");
        (await store.VerifyStreamAsync("s1"))!.Finding.ShouldNotBeNull().Position.ShouldBe(8);
        (await store.VerifyStreamAsync("other"))!.Finding.ShouldBeNull();
    }

    [Theory]
    [InlineData("update mt_events set version = 9 where seq_id = 8")]
    [InlineData("delete from mt_events where seq_id = 8")]
    [InlineData("delete from mt_events where seq_id = 11")]
    [InlineData("update mt_streams set version = 5 where id = 's1'")]
    [InlineData("update event_ids set fingerprint = 0 where position = 8")]
    [InlineData("update blocks set hash = sha256('x') where number = 3")]
    public async Task What_is_wrong_with_one_stream_is_found(string change)
    {
        await using var store = await CreateFilledAsync();

        await store.ExecuteAsync(OverwriteAnIndexedRow + change);

        (await store.VerifyStreamAsync("s1"))!.Finding.ShouldNotBeNull();
    }

    [Fact]
    public async Task Appends_that_go_on_meanwhile_change_nothing_of_what_is_seen()
    {
        await using var store = await CreateFilledAsync();
        await using var snapshot = await LedgerSnapshot.TakeAsync(store.Database, CancellationToken.None);
        await store.AppendAsync(TestStore.Event("s1", 100), TestStore.Event("new", 101));

        var report = await new ChainVerifier(snapshot, new() { Readers = 3 }).VerifyAsync(null, CancellationToken.None);

        report.ShouldBe(new(Events: 12, Blocks: 4, VoidPositions: 0, HeadPosition: 12, Finding: null));
    }

    [Fact]
    public async Task Many_slices_are_put_together_in_their_order()
    {
        await using var store = await TestStore.CreateAsync();
        const int Blocks = 6;
        const int Events = BlockSlice.EventsMax / 2 + 1;

        for (var block = 0; block < Blocks; block++)
        {
            await store.AppendAsync([.. Enumerable.Range(block * Events, Events).Select(n => TestStore.Event("s", n))]);
        }

        (await store.VerifyAsync(new() { Readers = 3 }))
            .ShouldBe(new(Blocks * Events, Blocks, 0, Blocks * Events, null));

        await store.ExecuteAsync($"""
            update mt_events set data = '[]' where seq_id in ({Events + 7}, {4 * Events});
            delete from event_ids where position = {3 * Events}
            """);
        (await store.VerifyAsync(new() { Readers = 3 })).Finding.ShouldNotBeNull().Position.ShouldBe(Events + 7);
    }

    // Four blocks of three events each, over three streams.
    private static async Task<TestStore> CreateFilledAsync()
    {
        var store = await TestStore.CreateAsync();
        await store.FillAsync();
        return store;
    }
}
