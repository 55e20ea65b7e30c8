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
    private SpoolPosition position;

    private SpoolStore(
        SpoolFolder folder, SpoolOptions options, Guid? begun, SpoolCounters counters, ILogger logger)
    {
        (this.folder, this.counters, this.logger, flushInterval) = (folder, counters, logger, options.FlushInterval);
        (stateFile, var state) = SpoolStateFile.Open(folder.StatePath);

        // A life that didn't end in order may have given out sequences that nobody remembers.
        (Epoch, Sequence) = begun is null && state is { IsClosed: true } closed
            ? (closed.Epoch, closed.Sequence)
            : (begun ?? Guid.NewGuid(), 0);
        position = state?.Position ?? default;
        Log = new(folder, position.Segment, options.BytesMax, options.SegmentBytesMax);
        Fresh = new(options.FreshBytesMax);
        flusher = new Thread(FlushUntilClosed) { IsBackground = true, Name = "spool flusher" };
    }

    /// <summary>The life that sequences count in.</summary>
    public Guid Epoch { get; }

    /// <summary>The last sequence that was given out in <see cref="Epoch"/> before.</summary>
    public long Sequence { get; }

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

        try
        {
            var store = new SpoolStore(claimed, options, begun, counters, logger);
            store.SaveState(isClosed: false, sequence: 0);
            store.TakeOverFiles();
            store.Recovered = store.CountUnpublished();
            store.flusher.Start();
            return store;
        }
        catch
        {
            claimed.Dispose();
            throw;
        }
    }

    /// <summary>A reader from where publishing stopped.</summary>
    public SegmentReader ReadUnpublished() => new(Log, Fresh, position, SetAside);

    /// <summary>All before <paramref name="published"/> is published.</summary>
    public void Advance(SpoolPosition published)
    {
        position = published;
        SaveState(isClosed: false, sequence: 0);
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

    private long CountUnpublished()
    {
        using var reader = new SegmentReader(Log, Fresh, position, static (_, _) => { });
        var count = 0L;

        while (reader.TryRead() is not null)
        {
            count++;
        }

        return count;
    }

    private bool IsPublished(long segment) =>
        Log.Extent(segment) is { IsActive: false, Length: var length }
        && (segment < position.Segment || (segment == position.Segment && position.Offset >= length));

    private void SaveState(bool isClosed, long sequence) => stateFile.Save(new(Epoch, sequence, position, isClosed));

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
