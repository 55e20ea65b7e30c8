using System.Collections.Concurrent;
using EventLedger.Projections.Balances;

namespace EventLedger.Projections.Tests;

public class RunningOnDemand
{
    private const int RunnersMax = 2;
    private const int Callers = 8;
    private const int WorkOfEach = 50_000;

    [Fact]
    public async Task Nothing_is_left_behind_and_no_more_run_than_may_when_many_bring_work_at_once()
    {
        var work = new ConcurrentQueue<TaskCompletionSource>();
        var running = 0;
        var tooMany = false;
        var runners = new Runners(RunnersMax, () => !work.IsEmpty, WorkAsync);

        // Each waits for its own before it brings the next, so that one which is left behind is never taken.
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var n = 0; n < WorkOfEach; n++)
            {
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                work.Enqueue(done);
                runners.Wake();
                await done.Task;
            }
        }))).WaitAsync(TimeSpan.FromMinutes(1));

        tooMany.ShouldBeFalse();

        Task WorkAsync()
        {
            tooMany |= Interlocked.Increment(ref running) > RunnersMax;

            while (work.TryDequeue(out var done))
            {
                done.SetResult();
            }

            Interlocked.Decrement(ref running);
            return Task.CompletedTask;
        }
    }
}
