using System.Runtime.CompilerServices;

namespace EventLedger.Ledger.Booking;

/// <summary>Works on several things at once, and gives the results in the order of the things.</summary>
internal static class InOrder
{
    /// <summary>At most <paramref name="atOnceMax"/> are under way, or done and not yet taken.</summary>
    public static async IAsyncEnumerable<TResult> WorkInOrderAsync<T, TResult>(
        this IAsyncEnumerable<T> things, int atOnceMax, Func<T, Task<TResult>> work,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var running = new Queue<Task<TResult>>(atOnceMax);

        try
        {
            await foreach (var thing in things.WithCancellation(cancellation))
            {
                if (running.Count == atOnceMax)
                {
                    yield return await running.Dequeue();
                }

                running.Enqueue(Task.Run(() => work(thing), cancellation));
            }

            while (running.TryDequeue(out var next))
            {
                yield return await next;
            }
        }
        finally
        {
            // What they work with is closed next.
            await Task.WhenAll((IEnumerable<Task>)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
