namespace EventLedger.Proxy.Spool;

/// <summary>
/// The part of a spool that is on disk: the folder, its segments, and how far they have been published.
/// </summary>
internal sealed partial class SpoolStore
{
    private readonly SpoolFolder folder;
    private readonly SpoolStateFile stateFile;
    private readonly SpoolCounters counters;
    private readonly ILogger logger;
    private readonly TimeSpan flushInterval;
    private readonly ManualResetEventSlim closing = new(initialState: false, spinCount: 0);
    private readonly Thread flusher;
    private readonly Lock stateGate = new();
    private readonly Guid source;
    private readonly bool isOfAnother;
    private SpoolPosition position;
    private long changesSaved;
    private long freeBytes = -1;

    private SpoolStore(
        SpoolFolder folder,
        SpoolStateFile stateFile,
        SpoolState? state,
        SpoolOptions options,
        Guid? begun,
        SpoolCounters counters,
        ILogger logger)
    {
        (this.folder, this.stateFile, this.counters, this.logger) = (folder, stateFile, counters, logger);
        flushInterval = options.FlushInterval;
        source = SpoolState.DigestOf(options.Source);
        isOfAnother = state is not null && state.Source != source;

        // A life that didn't end in order may have given out sequences that nobody remembers; another source's count
        // for that one.
        (Epoch, Sequence) = begun is null && !isOfAnother && state is { IsClosed: true } closed
            ? (closed.Epoch, closed.Sequence)
            : (begun ?? Guid.NewGuid(), 0);
        Counts = isOfAnother || state is null ? Guid.NewGuid() : state.Counts;
        position = state?.Position ?? default;
        Log = new(folder, position.Segment, options.BytesMax, options.SegmentBytesMax);
        Fresh = new(options.FreshBytesMax);
        flusher = new Thread(FlushUntilClosed) { IsBackground = true, Name = "spool flusher" };
    }

    /// <summary>The life that sequences count in.</summary>
    public Guid Epoch { get; }

    /// <summary>The last sequence that was given out in <see cref="Epoch"/> before.</summary>
    public long Sequence { get; }

    /// <summary>What the hours are counted with; another one where another source used the folder before.</summary>
    public Guid Counts { get; }

    /// <summary>The bytes that are free where the folder is; null where nobody can tell.</summary>
    public long? FreeBytes
    {
        get
        {
            var bytes = Volatile.Read(ref freeBytes);
            return bytes < 0 ? null : bytes;
        }
    }

    /// <summary>The segments.</summary>
    public SegmentLog Log { get; }

    /// <summary>What was written last, as far as memory holds it.</summary>
    public FreshRecords Fresh { get; }

    /// <summary>The records that an earlier life left.</summary>
    public long Recovered { get; private set; }

    /// <summary>
    /// Owns the folder and goes on where an earlier life stopped; in the epoch that has <paramref name="begun"/>
    /// already, where the folder couldn't be used until now.
    /// </summary>
    /// <exception cref="SpoolInUseException">Another process owns it.</exception>
    /// <exception cref="IOException">The folder can't be used.</exception>
    public static SpoolStore Open(
        SpoolOptions options, Guid? begun, SpoolCounters counters, ILogger<SpoolStore> logger)
    {
        var claimed = SpoolFolder.Claim(options.Folder);
        SpoolStateFile? saved = null;
        SpoolStore? store = null;

        try
        {
            saved = new SpoolStateFile(claimed.StatePath);
            var state = saved.Load();
            store = new SpoolStore(claimed, saved, state, options, begun, counters, logger);
            store.TakeOverFiles();
            store.Begin(store.Recover(state));
            return store;
        }
        catch
        {
            saved?.Dispose();
            claimed.Dispose();
            store?.Log.Dispose();
            throw;
        }
    }

    /// <summary>A reader from where publishing stopped.</summary>
    public SegmentReader ReadUnpublished() => new(Log, Fresh, position, SetAside);

    /// <summary>
    /// All before <paramref name="published"/> is published, <paramref name="settled"/> just now. Both are saved in one
    /// write: a crash must not let a record count twice.
    /// </summary>
    public void Advance(SpoolPosition published, params IReadOnlyList<SettledRecord> settled)
    {
        lock (stateGate)
        {
            counters.Hours.Settle(settled);
            position = published;
            SaveState(isClosed: false, sequence: 0);
        }

        DeletePublished();
    }

    /// <summary>Deletes segments that are published and have ended since.</summary>
    public void DeletePublished()
    {
        while (Log.First is { } first && IsPublished(first))
        {
            Log.Delete(first);
        }
    }

    /// <summary>Keeps a record that the broker refuses for good.</summary>
    public void SetAside(SpoolRecord refused) => folder.SetAside(refused);

    /// <summary>
    /// Ends this life in order, so that the next one goes on counting from <paramref name="sequence"/>.
    /// </summary>
    public void Close(long sequence)
    {
        closing.Set();
        flusher.Join();

        try
        {
            Log.Dispose();
            SaveState(isClosed: true, sequence);
            stateFile.Flush();
        }
        catch (IOException failure)
        {
            LogNotFlushed(failure);
        }

        stateFile.Dispose();
        folder.Dispose();
    }

    private SpoolHours Recover(SpoolState? state)
    {
        var hours = new SpoolHours();

        if (state is not null && !isOfAnother)
        {
            hours.Restore(state.HoursBegin, state.Hours);
        }

        using var reader = new SegmentReader(Log, Fresh, position, static (_, _) => { });

        while (reader.TryRead() is { } record)
        {
            Recovered++;
            hours.Recover(record);
        }

        if (isOfAnother)
        {
            hours.BeginAfterRecovered();
        }

        hours.EndRecovery();
        return hours;
    }

    // The counters outlive a folder that fails to open, and it is opened again: nothing may fail after they changed.
    private void Begin(SpoolHours earlier)
    {
        NoteFreeBytes();
        SaveState(earlier, isClosed: false, sequence: 0);
        counters.Hours.Restore(earlier.Begin, earlier.Read());
        flusher.Start();
    }

    private bool IsPublished(long segment) =>
        Log.Extent(segment) is { IsActive: false, Length: var length }
        && (segment < position.Segment || (segment == position.Segment && position.Offset >= length));

    private void SaveState(bool isClosed, long sequence)
    {
        lock (stateGate)
        {
            changesSaved = counters.Hours.Changes;
            SaveState(counters.Hours, isClosed, sequence);
        }
    }

    private void SaveState(SpoolHours hours, bool isClosed, long sequence) => stateFile.Save(
        new(Epoch, sequence, position, isClosed, Counts, source, hours.Begin, hours.Read()));

    private void NoteFreeBytes()
    {
        try
        {
            Volatile.Write(ref freeBytes, new DriveInfo(folder.Root).AvailableFreeSpace);
        }
        catch (Exception untold) when (untold is IOException or UnauthorizedAccessException)
        {
            Volatile.Write(ref freeBytes, -1);
        }
    }

    private void SetAside(SpoolPosition from, ReadOnlyMemory<byte> bytes)
    {
        // What a power loss leaves behind as zeros never was a record.
        if (!bytes.Span.ContainsAnyExcept((byte)0))
        {
            return;
        }

        folder.SetAside(from, bytes.Span);
        counters.Damaged.Add();
        LogDamaged(from.Segment, from.Offset, bytes.Length);
    }

    private void FlushUntilClosed()
    {
        while (!closing.Wait(flushInterval))
        {
            try
            {
                Log.Flush();
                NoteFreeBytes();

                if (counters.Hours.Changes != changesSaved)
                {
                    SaveState(isClosed: false, sequence: 0);
                }
            }
            catch (IOException failure)
            {
                LogNotFlushed(failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Segment {Segment} holds no record at {Offset}; {Length} bytes are set aside.")]
    private partial void LogDamaged(long segment, long offset, int length);

    [LoggerMessage(LogLevel.Error, "The spool can't be flushed: a power loss would cost what was written last.")]
    private partial void LogNotFlushed(Exception failure);
}
