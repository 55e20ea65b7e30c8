using System.Text;
using EventLedger.EventStore.Reading;
using EventLedger.Testing;

namespace EventLedger.EventStore.Tests;

// Alone, since the memory of the whole process is what can be measured.
[Collection(nameof(Alone))]
public class ReadingInConstantMemory
{
    private const int BatchSize = 2000;

    // What one enumeration may hold at most, and a little for everybody else.
    private const long HeldBytesMax =
        (EventReader.ConnectionsMax * (SliceReader.PagesAheadMax + 1) * SliceReader.PageBytes * 2L) + (8 << 20);

    [Fact]
    public async Task Memory_does_not_grow_with_the_number_of_events()
    {
        var events = Rounds.Of(few: 100_000, many: 1_000_000);
        await using var store = await TestStore.CreateAsync();
        await FillAsync(store, events, dataBytes: 300);
        var (count, most, least) = (0, 0L, long.MaxValue);

        await foreach (var _ in store.Reader.ReadFromAsync(1))
        {
            if (++count % (events / 20) == 0)
            {
                var held = GC.GetTotalMemory(forceFullCollection: true);
                (most, least) = (Math.Max(most, held), Math.Min(least, held));
            }
        }

        count.ShouldBe(events);
        (most - least).ShouldBeLessThan(HeldBytesMax);
    }

    [Fact]
    public async Task A_slow_taker_of_large_events_is_not_read_ahead_of_without_bound()
    {
        const int DataBytes = 16 * 1024;
        const int Events = (int)(2 * HeldBytesMax / DataBytes);
        await using var store = await TestStore.CreateAsync();
        await FillAsync(store, Events, DataBytes);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await using var events = store.Reader.ReadFromAsync(1).GetAsyncEnumerator();
        await events.MoveNextAsync();
        await Eventually.BecomesAsync(() => CopiesAsync(store, "wait_event = 'ClientWrite'"), waiting => waiting > 0);

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(HeldBytesMax);
    }

    [Fact]
    public async Task A_slow_taker_of_ordinary_events_leaves_no_statement_open()
    {
        await using var store = await TestStore.CreateAsync();
        await FillAsync(store, 2 * EventReader.ConnectionsMax * SliceReader.PositionsMax, dataBytes: 300);

        await using var events = store.Reader.ReadFromAsync(1).GetAsyncEnumerator();
        await events.MoveNextAsync();

        await Eventually.BecomesAsync(() => CopiesAsync(store, "state = 'active'"), running => running == 0);
        (await events.MoveNextAsync()).ShouldBeTrue();
    }

    private static Task<long> CopiesAsync(TestStore store, string which) => store.ScalarAsync<long>($"""
        select count(*) from pg_stat_activity
        where datname = current_database() and query like 'copy (select%' and {which}
        """);

    private static async Task FillAsync(TestStore store, int events, int dataBytes)
    {
        var data = Encoding.UTF8.GetBytes($$"""{"s": "{{new string('x', dataBytes)}}"}""");

        foreach (var batch in Enumerable.Range(1, events).Chunk(BatchSize))
        {
            await store.AppendAsync([.. batch.Select(n => TestStore.Event("a", n) with { Data = data })]);
        }
    }
}

/// <summary>Tests that no other one may run beside.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
