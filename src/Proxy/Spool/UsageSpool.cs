using System.Buffers;
using System.Runtime.CompilerServices;
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
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly PendingRecords pending;
    private readonly string epochText;
    private readonly ArrayBufferWriter<byte> json = new();
    private readonly ArrayBufferWriter<byte> frames = new();
    private readonly ITimer retry;
    private readonly ITimer watch;
    private TaskCompletionSource<bool> written = NewWait();
    private TaskCompletionSource<bool>? writing;
    private TaskCompletionSource grown = NewSignal();
    private long sequence;
    private long writingSince;
    private bool isPausing;
    private bool isFailing;
    private bool isAlarmed;
    private bool isWriting;

    /// <summary>Takes envelopes at once; <paramref name="store"/> is null where the folder can't be used.</summary>
    public UsageSpool(
        SpoolOptions options, SpoolStore? store, SpoolCounters counters, TimeProvider clock, ILogger<UsageSpool> logger)
    {
        (this.options, this.clock, this.logger) = (options, clock, logger);
        (Store, Counters) = (store, counters);
        (Epoch, sequence) = store is null ? (Guid.NewGuid(), 0) : (store.Epoch, store.Sequence);
        epochText = Epoch.ToString("N");
        pending = new(options.MemoryBytesMax);
        retry = clock.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // One timer for all: a timer for each response would cost more than the write.
        watch = clock.CreateTimer(_ => ReleaseWaiting(), null, options.WriteWaitMax / 2, options.WriteWaitMax / 2);
    }

    /// <summary>Opens the folder; a folder that can't be used is no reason to stop the traffic.</summary>
    /// <exception cref="SpoolInUseException">Another process owns the folder.</exception>
    public static UsageSpool Open(IServiceProvider services)
    {
        var opened = services.GetRequiredService<SpoolOptions>();
        var counters = services.GetRequiredService<SpoolCounters>();
        var log = services.GetRequiredService<ILogger<UsageSpool>>();
        SpoolStore? store = null;

        try
        {
            store = SpoolStore.Open(opened, counters, services.GetRequiredService<ILogger<SpoolStore>>());
        }
        catch (Exception failure)
            when (failure is (IOException and not SpoolInUseException) or UnauthorizedAccessException)
        {
            LogUnusable(log, opened.Folder, failure);
        }

        return new(opened, store, counters, services.GetRequiredService<TimeProvider>(), log);
    }

    /// <summary>The segments; null where there is only memory.</summary>
    public SpoolStore? Store { get; }

    /// <summary>What happened to envelopes here.</summary>
    public SpoolCounters Counters { get; }

    /// <summary>The life that sequences count in.</summary>
    public Guid Epoch { get; }

    /// <summary>Whether envelopes have to be published from memory, because the disk doesn't take them.</summary>
    public bool IsDiskUnwell => Store is null || Volatile.Read(ref isFailing) || IsHung;

    /// <summary>Envelopes that the broker doesn't have yet.</summary>
    public long Waiting =>
        InMemory + (Store?.Recovered ?? 0) + Counters.Written.Value - Counters.Drained.Value;

    /// <summary>How long the oldest of them has waited; zero where none does.</summary>
    public TimeSpan OldestAge => Waiting > 0 && OldestAt is { } oldest ? clock.GetUtcNow() - oldest : TimeSpan.Zero;

    /// <summary>When the envelope that is published next was made.</summary>
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

    private bool IsHung =>
        Volatile.Read(ref writingSince) is not 0 and var since && clock.GetElapsedTime(since) > options.HungAfter;

    /// <summary>
    /// Takes an envelope, and returns when it is on disk, or after a named time, or when it is lost and counted.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask AddAsync(UsageEnvelope observed)
    {
        if (!TryEnqueue(observed, out var onDisk))
        {
            Counters.Lost.Add();
            LogLost(observed.RequestId, options.MemoryBytesMax);
            return;
        }

        if (IsDiskUnwell)
        {
            Counters.NotWaitedFor.Add();
            return;
        }

        if (!await onDisk)
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
            foreach (var each in published)
            {
                pending.MarkPublished(each);
            }
        }
    }

    /// <summary>Writes what is in memory, if the disk takes it, and closes the segments.</summary>
    public void Dispose()
    {
        retry.Dispose();
        watch.Dispose();

        if (TryFinishWriting())
        {
            Store?.Close(Volatile.Read(ref sequence));
        }

        if (InMemory is > 0 and var left)
        {
            Counters.Lost.Add(left);
            LogLostAtEnd(left);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<bool> NewWait() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool TryEnqueue(UsageEnvelope observed, out Task<bool> onDisk)
    {
        bool begins;

        lock (gate)
        {
            // Given out even to what is lost, so that the ledger can name what never came.
            var stamped = observed with { Source = options.Source, Epoch = epochText, Sequence = ++sequence };

            onDisk = written.Task;

            if (!pending.TryAdd(ToRecord(stamped)))
            {
                return false;
            }

            begins = TryBeginWriting();
        }

        if (begins)
        {
            StartWriting();
        }

        return true;
    }

    private SpoolRecord ToRecord(UsageEnvelope stamped)
    {
        json.ResetWrittenCount();
        EnvelopeWriter.Write(stamped, json);
        return new(stamped.Sequence!.Value, Guid.Parse(stamped.ObservationId!), json.WrittenSpan.ToArray());
    }

    [LoggerMessage(LogLevel.Critical, "The spool folder {Folder} can't be used. Until the proxy is started again with "
        + "one that can, envelopes are kept in memory alone.")]
    private static partial void LogUnusable(ILogger logger, string folder, Exception failure);

    [LoggerMessage(LogLevel.Error, "Usage of request {RequestId} is lost: the disk takes nothing and {BytesMax} bytes "
        + "of memory are full.")]
    private partial void LogLost(string requestId, long bytesMax);

    [LoggerMessage(
        LogLevel.Error, "Usage of {Count} responses is lost: they were in memory, and the disk takes nothing.")]
    private partial void LogLostAtEnd(int count);
}
