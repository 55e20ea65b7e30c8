using EventLedger.Ledger.Monitoring;

namespace EventLedger.Ledger.Booking;

/// <summary>Takes submissions from all callers. Each customer has one lane, so lanes don't meet on streams.</summary>
public sealed class BookingLanes : BackgroundService
{
    private readonly BookingLane[] lanes;

    /// <summary>Makes as many lanes as the options say.</summary>
    public BookingLanes(
        Bookkeeper bookkeeper, LedgerMeter meter, LaneOptions options, TimeProvider time,
        ILogger<BookingLanes> logger) => lanes =
    [
        .. Enumerable.Range(0, options.Lanes).Select(_ => new BookingLane(bookkeeper, meter, options, time, logger)),
    ];

    /// <summary>Queues a submission; waits while its lane is full.</summary>
    public ValueTask SubmitAsync(Submission submission, CancellationToken cancellation)
    {
        // What is no envelope has no customer, and waits for nobody.
        var key = submission.Envelope?.CustomerId ?? "";
        var lane = unchecked((uint)string.GetHashCode(key, StringComparison.Ordinal)) % lanes.Length;
        return lanes[lane].SubmitAsync(submission, cancellation);
    }

    /// <summary>Books what is queued before it ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in lanes)
        {
            lane.Close();
        }

        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(lanes.Select(lane => lane.RunAsync(stoppingToken)));
}
