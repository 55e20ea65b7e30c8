using EventLedger.Ledger.Booking;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class WorkingInOrder
{
    private const int AtOnceMax = 3;

    [Fact]
    public async Task Results_come_in_the_order_of_the_things_whichever_is_done_first()
    {
        var gates = Gates(9);
        var results = AsyncEnumerable.Range(0, 9).WorkInOrderAsync(AtOnceMax, n => gates[n].Task).ToListAsync();

        foreach (var (n, gate) in gates.Index().Reverse())
        {
            gate.SetResult(n * n);
        }

        (await results).ShouldBe([0, 1, 4, 9, 16, 25, 36, 49, 64]);
    }

    [Fact]
    public async Task As_many_as_the_bound_are_under_way_or_not_yet_taken_and_no_more()
    {
        const int Things = 20;
        var gates = Gates(Things);
        var asked = 0;
        var started = 0;
        await using var results = AsyncEnumerable.Range(0, Things).Select(n => asked = n + 1)
            .WorkInOrderAsync(AtOnceMax, WorkAsync).GetAsyncEnumerator();

        for (var taken = 0; taken < Things; taken++)
        {
            var next = results.MoveNextAsync();

            // One more is asked for, which waits until there is room.
            var underWay = Math.Min(Things, taken + AtOnceMax);
            asked.ShouldBeInRange(underWay, underWay + 1);
            await Eventually.HoldsAsync(() => Volatile.Read(ref started) >= underWay);
            Volatile.Read(ref started).ShouldBe(underWay);
            gates[taken].SetResult(taken);
            (await next).ShouldBeTrue();
            results.Current.ShouldBe(taken);
        }

        Task<int> WorkAsync(int thing)
        {
            Interlocked.Increment(ref started);
            return gates[thing - 1].Task;
        }
    }

    [Fact]
    public async Task A_failure_comes_out_once_all_that_is_under_way_has_ended()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = 0;
        var ended = 0;
        var failing = AsyncEnumerable.Range(0, 9).WorkInOrderAsync(AtOnceMax, WorkAsync).CountAsync().AsTask();
        await Eventually.HoldsAsync(() => Volatile.Read(ref started) == AtOnceMax);

        // Who didn't wait for the others would come out now.
        await Task.WhenAny(failing, Elapse.ForAsync(milliseconds: 200));
        failing.IsCompleted.ShouldBeFalse();
        gate.SetResult();

        await Should.ThrowAsync<InvalidOperationException>(failing);
        Volatile.Read(ref ended).ShouldBe(AtOnceMax - 1);

        async Task<int> WorkAsync(int n)
        {
            Interlocked.Increment(ref started);

            if (n == 0)
            {
                throw new InvalidOperationException("the first one fails");
            }

            await gate.Task;
            return Interlocked.Increment(ref ended);
        }
    }

    private static TaskCompletionSource<int>[] Gates(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new TaskCompletionSource<int>())];
}
