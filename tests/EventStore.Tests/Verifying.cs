namespace EventLedger.EventStore.Tests;

/// <summary>Each way to change the ledger behind its back is found, at the position where it was done.</summary>
public class Verifying
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

    // Four blocks of three events each, over three streams.
    private static async Task<TestStore> CreateFilledAsync()
    {
        var store = await TestStore.CreateAsync();

        for (var block = 0; block < 4; block++)
        {
            await store.AppendAsync(
                [.. Enumerable.Range(block * 3, 3).Select(n => TestStore.Event($"s{n % 3}", n))]);
        }

        return store;
    }
}
