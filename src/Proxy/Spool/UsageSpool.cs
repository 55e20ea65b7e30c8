using System.Buffers;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Proxy.Spool;

/// <summary>
/// Keeps envelopes from the moment they are observed until the broker has them: in memory for the instant until they
/// are written to disk, then in segments. Where the disk fails or hangs, memory is what they stay in.
/// </summary>
internal sealed partial class UsageSpool : IDisposable
{
    private const int WriteBytesMax = 1024 * 1024;

    private readonly object gate = new();
    private readonly SpoolOptions options;
    private readonly Func<Guid?, SpoolStore> open;
    private readonly TaskCompletionSource<SpoolStore> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly PendingRecords pending;
    private readonly string epochText;
    private readonly ArrayBufferWriter<byte> frames = new();
    private readonly ITimer retry;
    private readonly DiskCalls writing;
    private readonly SpoolWatch watch;
    private TaskCompletionSource grown = NewSignal();
    private SpoolStore? store;
    private long sequence;
    private bool isPausing;
    private bool isFailing;
    private bool isAlarmed;
    private bool isWriting;

    /// <summary>
    /// Takes envelopes at once. Where the folder can't be used, that is no reason to stop the traffic: it is tried
    /// again with each write.
    /// </summary>
    /// <param name="options">Where the spool is and what bounds it.</param>
    /// <param name="open">Opens the folder, in an epoch that has begun already or in none.</param>
    /// <param name="counters">What happened to envelopes here.</param>
    /// <param name="clock">The time.</param>
    /// <param name="logger">Is told of failures.</param>
    /// <exception cref="SpoolInUseException">Another process owns the folder.</exception>
    public UsageSpool(
        SpoolOptions options,
        Func<Guid?, SpoolStore> open,
        SpoolCounters counters,
        TimeProvider clock,
        ILogger<UsageSpool> logger)
    {
        (this.options, this.open, this.clock, this.logger) = (options, open, clock, logger);
        (writing, Publishing) = (new(clock), new(clock));
        Counters = counters;
        store = TryOpen();
        (Epoch, sequence) = store is null ? (Guid.NewGuid(), 0) : (store.Epoch, store.Sequence);
        epochText = Epoch.ToString("N");
        pending = new(options.MemoryBytesMax);
        retry = clock.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // One for all: a timer for each response would cost more than the write.
        watch = new(options.WriteWaitMax / 2, Watch, writing, Publishing);
    }

    /// <summary>The segments; null while there is only memory.</summary>
    public SpoolStore? Store => Volatile.Read(ref store);

    /// <summary>Completes when there are segments.</summary>
    public Task<SpoolStore> Opened => opened.Task;

    /// <summary>What happened to envelopes here.</summary>
    public SpoolCounters Counters { get; }

    /// <summary>The life that sequences count in.</summary>
    public Guid Epoch { get; }

    /// <summary>Whether envelopes have to be published from memory, because the disk doesn't take them.</summary>
    public bool IsDiskUnwell => Store is null || Volatile.Read(ref isFailing) || IsHung;

    /// <summary>What publishing does on disk.</summary>
    public DiskCalls Publishing { get; }

    /// <summary>Envelopes that the broker doesn't have yet.</summary>
    public long Waiting =>
        InMemory + (Store?.Recovered ?? 0) + Counters.Written.Value - Counters.Drained.Value;

    /// <summary>How long the oldest of them has waited; zero where none does.</summary>
    public TimeSpan OldestAge =>
        Waiting > 0 && (OldestAt ?? OldestInMemory) is { } oldest ? clock.GetUtcNow() - oldest : TimeSpan.Zero;

    /// <summary>When the envelope that is published next from disk was made; null where none is left there.</summary>
    public DateTimeOffset? OldestAt { get; set; }

    /// <summary>Whether the segments come near to their bound.</summary>
    public bool IsFilling => BytesOnDisk >= options.BytesAlarm;

    /// <summary>The bytes of all segments.</summary>
    public long BytesOnDisk => Store?.Log.BytesHeld ?? 0;

    /// <summary>Envelopes that are in memory alone.</summary>
    public int InMemory
    {
        get
        {
            lock (gate)
            {
                return pending.Count;
            }
        }
    }

    private DateTimeOffset? OldestInMemory
    {
        get
        {
            lock (gate)
            {
                return pending.OldestMadeAt;
            }
        }
    }

    private bool IsHung => writing.Lasting > options.HungAfter;

    /// <summary>
    /// Takes an envelope, to be written when it is waited for, or soon where nobody does. Null where there is nothing
    /// to wait for: the disk takes nothing and memory has it, or it is lost and counted.
    /// </summary>
    public PendingRecord? Add(UsageEnvelope observed, string? traceParent = null)
    {
        if (TryEnqueue(observed, traceParent) is not { } entry)
        {
            Counters.Lost.Add();
            LogLost(observed.RequestId, options.MemoryBytesMax);
            return null;
        }

        if (IsDiskUnwell)
        {
            QueueWriting();
            NoteWaited(entry, isOnDisk: false);
            return null;
        }

        return entry;
    }

    /// <summary>A response waits for its record no longer.</summary>
    public void NoteWaited(PendingRecord entry, bool isOnDisk)
    {
        Counters.Wait.Add(clock.GetElapsedTime(entry.AddedAt));

        if (!isOnDisk)
        {
            Counters.NotWaitedFor.Add();
        }
    }

    /// <summary>Completes when more was written, or couldn't be.</summary>
    public Task WaitForMoreAsync(CancellationToken cancellation) =>
        Volatile.Read(ref grown).Task.WaitAsync(cancellation);

    /// <summary>Says that all that was written so far is known.</summary>
    public void ExpectMore()
    {
        if (grown.Task.IsCompleted)
        {
            Volatile.Write(ref grown, NewSignal());
        }
    }

    /// <summary>Envelopes to publish from memory, each handed out once.</summary>
    public IReadOnlyList<PendingRecord> TakeFromMemory(int countMax)
    {
        lock (gate)
        {
            return pending.TakeForPublishing(countMax);
        }
    }

    /// <summary>The broker has envelopes that were published from memory.</summary>
    public void MarkPublished(IReadOnlyList<PendingRecord> published)
    {
        lock (gate)
        {
            Counters.Hours.Settle([.. published.Where(each => !each.IsOnDisk).Select(each => each.Settled)]);
            pending.MarkPublished(published);
        }
    }

    /// <summary>Writes what is in memory, if the disk takes it, and closes the segments.</summary>
    public void Dispose()
    {
        retry.Dispose();
        watch.Dispose();

        var hasFinished = TryFinishWriting();
        LoseWhatIsLeft();

        if (hasFinished)
        {
            Store?.Close(Volatile.Read(ref sequence));
        }
    }

    private void LoseWhatIsLeft()
    {
        SpoolRecord[] left;

        lock (gate)
        {
            left = [.. pending.AtRisk];
        }

        if (left.Length > 0)
        {
            Array.ForEach(left, Counters.Hours.Lose);
            Counters.Lost.Add(left.Length);
            LogLostAtEnd(left.Length);
        }
    }

    private SpoolStore? TryOpen()
    {
        try
        {
            var found = open(null);
            opened.SetResult(found);
            return found;
        }
        catch (Exception failure)
            when (failure is (IOException and not SpoolInUseException) or UnauthorizedAccessException)
        {
            LogUnusable(options.Folder, failure);
            return null;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PendingRecord? TryEnqueue(UsageEnvelope observed, string? traceParent)
    {
        var entry = new PendingRecord(ToRecord(observed, traceParent), this, clock.GetTimestamp());
        Counters.Hours.Observe(entry.Record);

        lock (gate)
        {
            if (!pending.TryAdd(entry))
            {
                Counters.Hours.Lose(entry.Record);
                return null;
            }
        }

        return entry;
    }

    private SpoolRecord ToRecord(UsageEnvelope observed, string? traceParent)
    {
        // Given out even to what is lost, so that the ledger can name what never came.
        var number = Interlocked.Increment(ref sequence);
        var body = EnvelopeBuffer.BytesOf(
            observed with { Source = options.Source, Epoch = epochText, Sequence = number });
        return new(number, Guid.ParseExact(observed.ObservationId!, "D"), body, traceParent);
    }

    [LoggerMessage(LogLevel.Critical, "The spool folder {Folder} can't be used. Until it can, envelopes are kept in "
        + "memory alone.")]
    private partial void LogUnusable(string folder, Exception failure);

    [LoggerMessage(LogLevel.Error, "Usage of request {RequestId} is lost: the disk takes nothing and {BytesMax} bytes "
        + "of memory are full.")]
    private partial void LogLost(string requestId, long bytesMax);

    [LoggerMessage(
        LogLevel.Error, "Usage of {Count} responses is lost: they were in memory, and the disk takes nothing.")]
    private partial void LogLostAtEnd(int count);
}
