using System.Threading.Channels;
using EventLedger.Ledger.Monitoring;

namespace EventLedger.Ledger.Booking;

/// <summary>
/// Books what has come together, one transaction after the other: single requests share commits without waiting for
/// company. A batch that fails on its data is halved until the culprit is alone; any other failure is the database's,
/// and the lane pauses and tries again. Callers that wait for an answer are told at once then.
/// </summary>
internal sealed partial class BookingLane(
    Bookkeeper bookkeeper, LedgerMeter meter, LaneOptions options, TimeProvider time, ILogger logger)
{
    // Apart, so that a caller who waits doesn't wait for a backlog of messages.
    private readonly Channel<Submission> requests = MakeQueue(options.QueuedMax);
    private readonly Channel<Submission> messages = MakeQueue(options.QueuedMax);
    private readonly Channel<bool> bell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool isPaused;

    /// <summary>Queues a submission; waits while its queue is full.</summary>
    public async ValueTask SubmitAsync(Submission submission, CancellationToken cancellation)
    {
        if (isPaused && !submission.Persists)
        {
            submission.Settle(new BookingOutcome.Unavailable());
            return;
        }

        await (submission.Persists ? messages : requests).Writer.WriteAsync(submission, cancellation);
        bell.Writer.TryWrite(true);
    }

    /// <summary>Takes no more submissions; what is queued is still booked.</summary>
    public void Close()
    {
        requests.Writer.TryComplete();
        messages.Writer.TryComplete();
        bell.Writer.TryComplete();
    }

    /// <summary>Books until it is closed and empty, or until the database fails while it is stopping.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var batch = new List<Submission>(options.BatchMax);
        var pause = options.PauseMin;

        while (await FillAsync(batch))
        {
            try
            {
                await Halving.BookAsync(batch, BookAsync, RefuseAsync);
                batch.Clear();
                pause = options.PauseMin;
            }
            catch (Exception failure)
            {
                // Its trace once: an outage is one failure, however often it is tried.
                var told = pause == options.PauseMin ? failure : null;
                LogFailed(told, batch.Count, pause.TotalMilliseconds, failure.Message);
                meter.Failed();
                await PauseAsync(batch, pause, stopping);
                pause = pause * 2 < options.PauseMax ? pause * 2 : options.PauseMax;

                // What is left isn't acknowledged, so the broker delivers it again.
                if (stopping.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private static Channel<Submission> MakeQueue(int queuedMax) =>
        Channel.CreateBounded<Submission>(new BoundedChannelOptions(queuedMax) { SingleReader = true });

    // Waits only when there is nothing to book; what a failure left in the batch comes first.
    private async ValueTask<bool> FillAsync(List<Submission> batch)
    {
        do
        {
            bell.Reader.TryRead(out _);

            // Half of the batch at most is requests, so that messages go on whatever callers do.
            Move(requests.Reader, batch, Math.Max(batch.Count, options.BatchMax / 2));
            Move(messages.Reader, batch, options.BatchMax);
        }
        while (batch.Count == 0 && await bell.Reader.WaitToReadAsync(CancellationToken.None));

        return batch.Count > 0;
    }

    private static void Move(ChannelReader<Submission> queue, List<Submission> batch, int countMax)
    {
        while (batch.Count < countMax && queue.TryRead(out var submission))
        {
            batch.Add(submission);
        }
    }

    private async Task PauseAsync(List<Submission> batch, TimeSpan pause, CancellationToken stopping)
    {
        isPaused = true;

        foreach (var submission in batch.Where(submission => !submission.IsSettled && !submission.Persists))
        {
            submission.Settle(new BookingOutcome.Unavailable());
        }

        while (requests.Reader.TryRead(out var request))
        {
            request.Settle(new BookingOutcome.Unavailable());
        }

        batch.RemoveAll(submission => submission.IsSettled);
        await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        isPaused = false;
    }

    private async Task BookAsync(IReadOnlyList<Submission> batch)
    {
        // Not to be cancelled: a commit that is under way ends one way or the other.
        var started = time.GetTimestamp();
        var outcomes = await bookkeeper.BookAsync(batch, CancellationToken.None);
        meter.Booked(outcomes, time.GetElapsedTime(started));

        for (var i = 0; i < outcomes.Length; i++)
        {
            batch[i].Settle(outcomes[i]);
        }
    }

    private async Task RefuseAsync(Submission submission, Exception refusal)
    {
        var reason = Halving.ReasonOf(refusal);
        LogRefused(refusal, reason);

        if (submission.Origin is null)
        {
            submission.Settle(new BookingOutcome.Refused(reason));
            return;
        }

        // Kept now; if the database doesn't even take that, the lane tries again until it does.
        submission.DeadLetterReason ??= reason;
        await BookAsync([submission]);
    }

    [LoggerMessage(LogLevel.Warning, "A submission was refused: {Reason}.")]
    private partial void LogRefused(Exception refusal, string reason);

    [LoggerMessage(
        LogLevel.Error, "{Count} submissions could not be booked and are tried again in {PauseMs} ms: {Reason}")]
    private partial void LogFailed(Exception? failure, int count, double pauseMs, string reason);
}
