using EventLedger.Testing;

namespace EventLedger.Projections.Tests;

/// <summary>Events that come in at a steady pace, on several writers at once, and are counted.</summary>
internal sealed class LiveIntake
{
    private const int Writers = 4;
    private const int Batch = 20;

    private readonly CancellationTokenSource end = new();
    private readonly long started = TimeProvider.System.GetTimestamp();
    private readonly long[] booked = new long[Writers];
    private readonly History history;
    private readonly int customers;
    private readonly TimeSpan interval;
    private readonly Task[] writers;

    /// <summary>Begins to book <paramref name="perSecond"/> events a second for customers c-0, c-1, ….</summary>
    public LiveIntake(History history, int customers, int perSecond)
    {
        this.history = history;
        this.customers = customers;
        interval = TimeSpan.FromSeconds(1) * Batch * Writers / perSecond;
        writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => BookAsync(writer)))];
    }

    /// <summary>Whether every writer has booked something.</summary>
    public bool IsRunning => booked.All(count => count > 0);

    /// <summary>Events that were booked.</summary>
    public long Booked => booked.Sum();

    /// <summary>How many a second that is, over the whole time.</summary>
    public long PerSecond => (long)(Booked / TimeProvider.System.GetElapsedTime(started).TotalSeconds);

    /// <summary>Ends it; everything that was begun is booked.</summary>
    public async Task EndAsync()
    {
        await end.CancelAsync();
        await Task.WhenAll(writers);
        end.Dispose();
    }

    private async Task BookAsync(int writer)
    {
        var random = new Random(writer);

        while (!end.IsCancellationRequested)
        {
            await history.AppendAsync(
            [
                .. Enumerable.Range(0, Batch)
                    .Select(_ => Fact.Used($"c-{random.Next(customers)}", -random.Next(1, 1000))),
            ]);
            booked[writer] += Batch;

            // Who is late doesn't wait: what a slow moment held up is made good.
            if (booked[writer] / Batch * interval - TimeProvider.System.GetElapsedTime(started) is var early
                && early > TimeSpan.Zero)
            {
                await Elapse.ForAsync(early);
            }
        }
    }
}
