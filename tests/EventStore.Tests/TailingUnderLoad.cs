using EventLedger.EventStore.Reading;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.EventStore.Tests;

public class TailingUnderLoad
{
    private const int Writers = 16;
    private const int BatchMax = 400;

    [Fact]
    public async Task A_tail_sees_every_event_once_and_in_order_while_sixteen_writers_append()
    {
        var eventsEach = Rounds.Of(few: 1_250, many: 62_500);
        await using var store = await TestStore.CreateAsync();
        await using var notifier = new HeadNotifier(
            store.Database, TimeProvider.System, NullLogger<HeadNotifier>.Instance);
        var seeing = Task.Run(() => SeeAsync(store, Writers * eventsEach));

        await Task.WhenAll(Enumerable.Range(0, Writers)
            .Select(writer => Task.Run(() => WriteAsync(store, notifier, writer, eventsEach))));

        // Of the ledger's events, none is missing in what was seen, since their numbers and orders agree.
        var seen = await seeing;
        seen.ShouldBe(Enumerable.Repeat(eventsEach, Writers));
        (await store.VerifyAsync()).Events.ShouldBe(Writers * eventsEach);
    }

    private static async Task WriteAsync(TestStore store, HeadNotifier notifier, int writer, int events)
    {
        var random = new Random(writer);

        for (var n = 1; n <= events;)
        {
            var count = Math.Min(random.Next(1, BatchMax), events + 1 - n);
            var batch = Enumerable.Range(n, count)
                .Select(at => TestStore.Event($"writer-{writer}", (writer * events) + at)).ToArray();

            // What fails leaves positions void between those of the others.
            if (random.Next(10) == 0)
            {
                await store.FailAsync(batch[0]);
            }

            await store.AppendAsync(batch);
            notifier.Announce();
            n += count;
        }
    }

    // How many events of each writer were seen; each is the next version of its stream, and behind the one before it.
    private static async Task<int[]> SeeAsync(TestStore store, int events)
    {
        var tail = new EventTail(store.Database, new(), TimeProvider.System, NullLogger<EventTail>.Instance);
        var seen = new int[Writers];
        var position = 0L;
        var count = 0;

        await foreach (var @event in tail.FollowAsync(0))
        {
            @event.Position.ShouldBeGreaterThan(position);
            @event.Version.ShouldBe(++seen[int.Parse(@event.StreamId["writer-".Length..])]);
            position = @event.Position;

            if (++count == events)
            {
                break;
            }
        }

        return seen;
    }
}
