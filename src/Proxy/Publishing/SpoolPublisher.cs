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

    // Each batch wakes threads, whatever it holds; a large one holds up what shares its processor.
    private const int BatchAim = 40;
    private static readonly TimeSpan LingerMin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LingerMax = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MemoryCheckInterval = TimeSpan.FromMilliseconds(250);

    private TimeSpan linger = LingerMax;

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
        var store = await spool.Opened.WaitAsync(stopping);
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

    private async Task PublishNextAsync(SpoolStore store, SegmentReader reader, CancellationToken stopping)
    {
        spool.ExpectMore();
        var batch = ReadNext(reader);

        if (batch.Count == 0)
        {
            spool.OldestAt = null;
            DeletePublished(store);
            await spool.WaitForMoreAsync(stopping);
            return;
        }

        spool.OldestAt = batch[0].MadeAt;
        SpoolRecord[] all = [.. batch];
        var refused = await PublishUntilTakenAsync(batch, stopping);
        await SetAsideAsync(refused, stopping);
        spool.Counters.Drained.Add(all.Length);
        Advance(
            store, reader.Position, [.. all.Select(record => new SettledRecord(record, refused.ContainsKey(record)))]);

        if (all.Length < BrokerConnection.InFlightMax)
        {
            linger = LingerAfter(all.Length);
            await Task.Delay(linger, clock, stopping);
        }
    }

    // So that as many records as are aimed at come meanwhile.
    private TimeSpan LingerAfter(int count) =>
        new(Math.Clamp(linger.Ticks * BatchAim / count, LingerMin.Ticks, LingerMax.Ticks));

    private void Advance(SpoolStore store, SpoolPosition published, SettledRecord[] settled)
    {
        using var call = spool.Publishing.Begin();
        store.Advance(published, settled);
    }

    private void DeletePublished(SpoolStore store)
    {
        using var call = spool.Publishing.Begin();
        store.DeletePublished();
    }

    private List<SpoolRecord> ReadNext(SegmentReader reader)
    {
        using var call = spool.Publishing.Begin();
        var batch = new List<SpoolRecord>();

        try
        {
            while (batch.Count < BrokerConnection.InFlightMax && reader.TryRead() is { } record)
            {
                batch.Add(record);
            }
        }
        catch (Exception failure)
            when (batch.Count > 0 && failure is (IOException or UnauthorizedAccessException))
        {
            // The reader won't hand these out again; what comes next fails again, or doesn't, when it is read next.
            LogUnreadable(failure);
        }

        return batch;
    }

    private async Task PublishFromMemoryAsync(CancellationToken stopping)
    {
        using var check = new PeriodicTimer(MemoryCheckInterval, clock);

        while (await check.WaitForNextTickAsync(stopping))
        {
            while (spool.IsDiskUnwell && spool.TakeFromMemory(BrokerConnection.InFlightMax) is { Count: > 0 } taken)
            {
                var refused = await PublishUntilTakenAsync([.. taken.Select(pending => pending.Record)], stopping);
                spool.MarkPublished(Settle(taken, refused));
            }
        }
    }

    // What is refused and can't be set aside goes on waiting for the disk: it is set aside from there.
    private List<PendingRecord> Settle(
        IReadOnlyList<PendingRecord> taken, Dictionary<SpoolRecord, JetStreamException> refused)
    {
        var settled = new List<PendingRecord>(taken.Count);

        foreach (var pending in taken)
        {
            pending.IsRefused = refused.TryGetValue(pending.Record, out var refusal);

            if (refusal is null || TrySetAside(pending.Record, refusal))
            {
                settled.Add(pending);
            }
        }

        return settled;
    }

    // Gives those that the broker refuses for good.
    private async Task<Dictionary<SpoolRecord, JetStreamException>> PublishUntilTakenAsync(
        List<SpoolRecord> records, CancellationToken stopping)
    {
        var refused = new Dictionary<SpoolRecord, JetStreamException>();
        await PublishAsync(records, refused, stopping);

        while (records.Count > 0)
        {
            await Task.Delay(RetryDelay, clock, stopping);
            await PublishAsync(records, refused, stopping);
        }

        return refused;
    }

    // Those that were taken leave the list, and so do those that are refused.
    private async Task PublishAsync(
        List<SpoolRecord> records,
        Dictionary<SpoolRecord, JetStreamException> refused,
        CancellationToken stopping)
    {
        if (await TryPublishAsync(records, stopping) is not { } published)
        {
            return;
        }

        var left = 0;

        for (var n = 0; n < published.Count; n++)
        {
            if (!published.HasFailed(n, out var failure))
            {
                counters.Acknowledged.Add();
            }
            else if (failure is JetStreamException refusal && BrokerConnection.IsRefusedForGood(refusal))
            {
                refused[records[n]] = refusal;
            }
            else
            {
                counters.Failures.Add();
                LogNotPublished(records[n].Id, failure);
                records[left++] = records[n];
            }
        }

        records.RemoveRange(left, records.Count - left);
    }

    private async Task<PublishBatch?> TryPublishAsync(List<SpoolRecord> records, CancellationToken stopping)
    {
        try
        {
            return await broker.PublishAsync(records, stopping);
        }
        catch (NatsException failure)
        {
            counters.Failures.Add(records.Count);
            LogNotPublished(records[0].Id, failure);
            return null;
        }
    }

    // The position moves past the whole batch, so all of them have to be kept before.
    private async Task SetAsideAsync(
        Dictionary<SpoolRecord, JetStreamException> refused, CancellationToken stopping)
    {
        foreach (var (record, refusal) in refused)
        {
            while (!TrySetAside(record, refusal))
            {
                await Task.Delay(RetryDelay, clock, stopping);
            }
        }
    }

    private bool TrySetAside(SpoolRecord record, JetStreamException refusal)
    {
        try
        {
            if (spool.Store is not { } store)
            {
                return NoteNotSetAside(record, refusal);
            }

            store.SetAside(record);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return NoteNotSetAside(record, failure);
        }

        counters.Refused.Add();
        LogRefused(record.Id, refusal);
        return true;
    }

    private bool NoteNotSetAside(SpoolRecord record, Exception failure)
    {
        counters.Failures.Add();
        LogNotSetAside(record.Id, failure);
        return false;
    }

    [LoggerMessage(LogLevel.Debug, "Envelope {MessageId} is not published yet.")]
    private partial void LogNotPublished(Guid messageId, Exception failure);

    [LoggerMessage(LogLevel.Error, "The broker refuses envelope {MessageId}. It is set aside in the spool folder.")]
    private partial void LogRefused(Guid messageId, Exception refused);

    [LoggerMessage(
        LogLevel.Error, "The broker refuses envelope {MessageId}, and it can't be set aside. It stays in the spool.")]
    private partial void LogNotSetAside(Guid messageId, Exception failure);

    [LoggerMessage(LogLevel.Error, "The spool can't be read. Publishing goes on when it can.")]
    private partial void LogUnreadable(Exception failure);

    [LoggerMessage(LogLevel.Information, "Publishing stops; {Count} envelopes are left in the spool.")]
    private partial void LogStops(long count);
}
