using EventLedger.Testing;

namespace EventLedger.Projections.Tests;

/// <summary>
/// Events that come in at a steady pace and are counted, from several writers at once, each with customers of its own,
/// so that they hold rows while they wait for each other's tickets.
/// </summary>
internal sealed class LiveIntake
{
    private const int Writers = 4;
    private const int BatchesPerSecond = 50;

    private readonly CancellationTokenSource end = new();
    private readonly long started = TimeProvider.System.GetTimestamp();
    private readonly long[] booked = new long[Writers];
    private readonly History history;
    private readonly int customers;
    private readonly int batch;
    private readonly Task[] writers;

    /// <summary>Begins to book <paramref name="perSecond"/> events a second for customers c-0, c-1, ….</summary>
    public LiveIntake(History history, int customers, int perSecond)
    {
        this.history = history;
        this.customers = customers;
        batch = perSecond / BatchesPerSecond;
        writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => BookAsync(writer)))];
    }

    /// <summary>Whether every writer has booked something.</summary>
    public bool IsRunning => booked.All(count => count > 0);

    /// <summary>Whether a writer broke; <see cref="EndAsync"/> throws why.</summary>
    public bool HasFailed => writers.Any(writer => writer.IsFaulted);

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

    private string CustomerOf(int writer, Random random) =>
        $"c-{random.Next(customers / Writers) * Writers + writer}";

    private async Task BookAsync(int writer)
    {
        var random = new Random(writer);

        while (!end.IsCancellationRequested)
        {
            await history.AppendAsync(
            [
                .. Enumerable.Range(0, batch)
                    .Select(_ => Fact.Used(CustomerOf(writer, random), -random.Next(1, 1000))),
            ]);
            booked[writer] += batch;

            // Who is late doesn't wait: what a slow moment held up is made good.
            var due = TimeSpan.FromSeconds(1) * (booked[writer] / batch) * Writers / BatchesPerSecond;
            var early = due - TimeProvider.System.GetElapsedTime(started);

            if (early > TimeSpan.Zero)
            {
                await Elapse.ForAsync(early);
            }
        }
    }
}
