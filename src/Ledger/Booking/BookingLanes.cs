using System.Threading.Channels;
using Npgsql;

namespace EventLedger.Ledger.Booking;

/// <summary>
/// Takes submissions from all callers and books what has come together, one transaction after the other in each lane:
/// single requests share commits without waiting for company. A batch that fails on its data is halved until the
/// culprit is alone; any other failure is the database's, and the lane pauses and tries again.
/// </summary>
public sealed partial class BookingLanes(
    Bookkeeper bookkeeper, LaneOptions options, TimeProvider time, ILogger<BookingLanes> logger) : BackgroundService
{
    private readonly Channel<Submission>[] lanes =
    [
        .. Enumerable.Range(0, options.Lanes).Select(_ => Channel.CreateBounded<Submission>(
            new BoundedChannelOptions(options.QueuedMax) { SingleReader = true })),
    ];

    /// <summary>Queues a submission; waits while its lane is full.</summary>
    public ValueTask SubmitAsync(Submission submission, CancellationToken cancellation)
    {
        // What is no envelope has no customer, and waits for nobody.
        var key = submission.Envelope?.CustomerId ?? "";
        var lane = lanes[unchecked((uint)string.GetHashCode(key, StringComparison.Ordinal)) % lanes.Length];
        return lane.Writer.WriteAsync(submission, cancellation);
    }

    /// <summary>Books what is queued before it ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in lanes)
        {
            lane.Writer.TryComplete();
        }

        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(lanes.Select(lane => RunAsync(lane.Reader, stoppingToken)));

    private async Task RunAsync(ChannelReader<Submission> lane, CancellationToken stopping)
    {
        var batch = new List<Submission>(options.BatchMax);

        while (await lane.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < options.BatchMax && lane.TryRead(out var submission))
            {
                batch.Add(submission);
            }

            await BookUntilSettledAsync(batch, stopping);
            batch.Clear();
        }
    }

    private async Task BookUntilSettledAsync(List<Submission> batch, CancellationToken stopping)
    {
        for (var pause = options.PauseMin; batch.Count > 0; pause = Longer(pause))
        {
            try
            {
                await BookAsync(batch);
                return;
            }
            catch (Exception failure)
            {
                LogFailed(failure, batch.Count, pause.TotalMilliseconds);
            }

            GiveBack(batch);
            await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            if (stopping.IsCancellationRequested)
            {
                // What is left isn't acknowledged, so the broker delivers it again.
                return;
            }
        }
    }

    private async Task BookAsync(List<Submission> batch)
    {
        try
        {
            // Not to be cancelled: a commit that is under way ends one way or the other.
            var outcomes = await bookkeeper.BookAsync(batch, CancellationToken.None);

            for (var i = 0; i < outcomes.Length; i++)
            {
                batch[i].Settle(outcomes[i]);
            }
        }
        catch (Exception refusal) when (IsOfData(refusal) && batch.Count > 1)
        {
            await BookAsync(batch[..(batch.Count / 2)]);
            await BookAsync(batch[(batch.Count / 2)..]);
        }
        catch (Exception refusal) when (IsOfData(refusal) && batch[0].DeadLetterReason is null)
        {
            await RefuseAsync(batch[0], refusal);
        }
    }

    private async Task RefuseAsync(Submission submission, Exception refusal)
    {
        var reason = ReasonOf(refusal);

        if (submission.Origin is null)
        {
            submission.Settle(new BookingOutcome.Refused(reason));
            return;
        }

        submission.DeadLetterReason = reason;
        await BookAsync([submission]);
    }

    // Callers that wait for an answer get one now; what came through the broker stays.
    private static void GiveBack(List<Submission> batch)
    {
        foreach (var submission in batch.Where(submission => !submission.IsSettled && !submission.Persists))
        {
            submission.Settle(new BookingOutcome.Unavailable());
        }

        batch.RemoveAll(submission => submission.IsSettled);
    }

    private TimeSpan Longer(TimeSpan pause) => pause * 2 < options.PauseMax ? pause * 2 : options.PauseMax;

    // SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation).
    private static bool IsOfData(Exception failure) => failure is OverflowException
        or PostgresException { SqlState: ['2', '2' or '3', ..] };

    private static string ReasonOf(Exception refusal) =>
        refusal is PostgresException { SqlState: not PostgresErrorCodes.NumericValueOutOfRange } refused
            ? $"the database refuses it: {refused.SqlState} {refused.MessageText}"
            : "would take the customer's balance outside 64 bits";

    [LoggerMessage(LogLevel.Error, "{Count} submissions could not be booked and are tried again in {PauseMs} ms.")]
    private partial void LogFailed(Exception failure, int count, double pauseMs);
}
