using EventLedger.Nats;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Publishing;

/// <summary>
/// Publishes what the spool holds, oldest first, as long as it takes: from the segments, and from memory while the disk
/// takes nothing. No client waits for it.
/// </summary>
internal sealed partial class SpoolPublisher(
    UsageSpool spool,
    BrokerConnection broker,
    PublishCounters counters,
    TimeProvider clock,
    ILogger<SpoolPublisher> logger)
    : BackgroundService
{
    /// <summary>How long, at the end, the spool may take to empty itself; what is left stays on disk.</summary>
    public static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);
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

        while (true)
        {
            try
            {
                await PublishNextAsync(store, reader, stopping);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                LogUnreadable(failure);
                await Task.Delay(RetryDelay, clock, stopping);
            }
        }
    }

    // Envelopes go out together: one at a time, each would wake as many threads as a hundred do.
    private async Task PublishNextAsync(SpoolStore store, SegmentReader reader, CancellationToken stopping)
    {
        var batch = new List<Task>();
        spool.ExpectMore();

        while (batch.Count < BrokerConnection.InFlightMax && reader.TryRead() is { } record)
        {
            spool.OldestAt = batch.Count == 0 ? record.MadeAt : spool.OldestAt;
            batch.Add(PublishUntilTakenAsync(record, stopping));
        }

        if (batch.Count == 0)
        {
            store.DeletePublished();
            await spool.WaitForMoreAsync(stopping);
            await Task.Delay(Linger, clock, stopping);
            return;
        }

        await Task.WhenAll(batch);
        spool.Counters.Drained.Add(batch.Count);
        store.Advance(reader.Position);
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
}
