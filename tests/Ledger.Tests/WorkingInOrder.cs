using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Tests;

public class WorkingInOrder
{
    private const int AtOnceMax = 3;

    [Fact]
    public async Task Results_come_in_the_order_of_the_things_whichever_is_done_first()
    {
        var gates = Enumerable.Range(0, 9).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var results = AsyncEnumerable.Range(0, 9).WorkInOrderAsync(AtOnceMax, n => gates[n].Task).ToListAsync();

        foreach (var (n, gate) in gates.Index().Reverse())
        {
            gate.SetResult(n * n);
        }

        (await results).ShouldBe([0, 1, 4, 9, 16, 25, 36, 49, 64]);
    }

    [Fact]
    public async Task No_more_than_the_bound_are_under_way()
    {
        var (running, most) = (0, 0);

        await foreach (var n in AsyncEnumerable.Range(0, 50).WorkInOrderAsync(AtOnceMax, WorkAsync))
        {
            n.ShouldBeLessThan(50);
        }

        most.ShouldBeInRange(1, AtOnceMax);

        async Task<int> WorkAsync(int n)
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return n;
        }
    }

    [Fact]
    public async Task What_is_under_way_has_ended_when_a_failure_comes_out()
    {
        var ended = 0;

        await Should.ThrowAsync<InvalidOperationException>(async () =>
            await AsyncEnumerable.Range(0, 9).WorkInOrderAsync(AtOnceMax, WorkAsync).CountAsync());

        Volatile.Read(ref ended).ShouldBeInRange(1, AtOnceMax);

        async Task<int> WorkAsync(int n)
        {
            await Task.Yield();

            if (n == 0)
            {
                throw new InvalidOperationException("the first one fails");
            }

            return Interlocked.Increment(ref ended);
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        while (Volatile.Read(ref most) is var seen && now > seen)
        {
            Interlocked.CompareExchange(ref most, now, seen);
        }
    }
}
