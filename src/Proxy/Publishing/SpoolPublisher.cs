using EventLedger.Nats;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Publishing;

/// <summary>
/// Publishes what the spool holds, oldest first, as long as it takes: from the segments, and from memory while the disk
/// takes nothing. No client waits for it.
/// </summary>
internal sealed partial class SpoolPublisher(
    UsageSpool spool, BrokerConnection broker, PublishCounters counters, TimeProvider clock, ILogger<SpoolPublisher> logger)
    : BackgroundService
{
    /// <summary>How long, at the end, the spool may take to empty itself; what is left stays on disk.</summary>
    public static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MemoryCheckInterval = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();

        while (spool.Waiting > 0 && clock.GetElapsedTime(begun) < StopTimeMax
            && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, CancellationToken.None);
        }

        LogStops(spool.Waiting);
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(PublishFromMemoryAsync(stoppingToken), PublishFromDiskAsync(stoppingToken));

    private async Task PublishFromDiskAsync(CancellationToken stopping)
    {
        // Reading what an earlier life left must not delay the start.
        await Task.Yield();

        if (spool.Store is not { } store)
        {
            return;
        }

        using var reader = store.ReadUnpublished();
        var window = new Queue<InFlight>();

        while (true)
        {
            try
            {
                await PublishNextAsync(store, reader, window, stopping);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                LogUnreadable(failure);
                await Task.Delay(RetryDelay, clock, stopping);
            }
        }
    }

    private async Task PublishNextAsync(
        SpoolStore store, SegmentReader reader, Queue<InFlight> window, CancellationToken stopping)
    {
        spool.ExpectMore();

        while (window.Count < BrokerConnection.InFlightMax && reader.TryRead() is { } record)
        {
            window.Enqueue(new(PublishUntilTakenAsync(record, stopping), reader.Position));
        }

        if (!window.TryPeek(out var oldest))
        {
            await spool.WaitForMoreAsync(stopping);
            return;
        }

        await oldest.Published;
        store.Advance(TakePublished(window));
    }

    private SpoolPosition TakePublished(Queue<InFlight> window)
    {
        SpoolPosition end = default;

        while (window.TryPeek(out var oldest) && oldest.Published.IsCompletedSuccessfully)
        {
            end = window.Dequeue().End;
            spool.Counters.Drained.Add();
        }

        return end;
    }

    private async Task PublishFromMemoryAsync(CancellationToken stopping)
    {
        using var check = new PeriodicTimer(MemoryCheckInterval, clock);

        while (await check.WaitForNextTickAsync(stopping))
        {
            while (spool.IsDiskUnwell && spool.TakeFromMemory(BrokerConnection.InFlightMax) is { Count: > 0 } taken)
            {
                await Task.WhenAll(taken.Select(pending => PublishFromMemoryAsync(pending, stopping)));
            }
        }
    }

    private async Task PublishFromMemoryAsync(PendingRecord pending, CancellationToken stopping)
    {
        await PublishUntilTakenAsync(pending.Record, stopping);
        spool.MarkPublished(pending);
    }

    private async Task PublishUntilTakenAsync(SpoolRecord record, CancellationToken stopping)
    {
        while (!await TryPublishAsync(record, stopping))
        {
            await Task.Delay(RetryDelay, clock, stopping);
        }
    }

    private async Task<bool> TryPublishAsync(SpoolRecord record, CancellationToken stopping)
    {
        try
        {
            await broker.PublishAsync(record, stopping);
            counters.Acknowledged.Add();
            return true;
        }
        catch (JetStreamException refused) when (BrokerConnection.IsRefusedForGood(refused))
        {
            SetAside(record, refused);
            return true;
        }
        catch (NatsException failure)
        {
            counters.Failures.Add();
            LogNotPublished(record.Id, failure);
            return false;
        }
    }

    private void SetAside(SpoolRecord record, JetStreamException refused)
    {
        spool.Store?.SetAside(record);
        counters.Refused.Add();
        LogRefused(record.Id, refused);
    }

    [LoggerMessage(LogLevel.Debug, "Envelope {MessageId} is not published yet.")]
    private partial void LogNotPublished(Guid messageId, Exception failure);

    [LoggerMessage(LogLevel.Error, "The broker refuses envelope {MessageId}. It is set aside in the spool folder.")]
    private partial void LogRefused(Guid messageId, Exception refused);

    [LoggerMessage(LogLevel.Error, "The spool can't be read. Publishing goes on when it can.")]
    private partial void LogUnreadable(Exception failure);

    [LoggerMessage(LogLevel.Information, "Publishing stops; {Count} envelopes are left in the spool.")]
    private partial void LogStops(long count);

    private readonly record struct InFlight(Task Published, SpoolPosition End);
}
