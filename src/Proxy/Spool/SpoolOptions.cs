namespace EventLedger.Proxy.Spool;

/// <summary>Where a spool is and what bounds it.</summary>
internal sealed record SpoolOptions
{
    /// <summary>The folder, which one process owns.</summary>
    public required string Folder { get; init; }

    /// <summary>The producer's name, stamped on each envelope.</summary>
    public required string Source { get; init; }

    /// <summary>The bytes that segments may take on disk.</summary>
    public long BytesMax { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The bytes on disk from which on an alarm is raised, well before the bound.</summary>
    public long BytesAlarm => BytesMax / 10 * 8;

    /// <summary>The bytes of envelopes that memory holds for a disk that is slow or fails.</summary>
    public long MemoryBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>The bytes of written envelopes that memory keeps until they are published.</summary>
    public long FreshBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// The bytes of one segment; small enough that publishing frees space in a full spool, and that giving a segment's
    /// space back holds a processor that requests need for well under a millisecond.
    /// </summary>
    public long SegmentBytesMax => Math.Clamp(BytesMax / 8, 4096, 2 * 1024 * 1024);

    /// <summary>How long what is written may be unflushed.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a response waits for its record to be written.</summary>
    public TimeSpan WriteWaitMax { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a write may take before the disk counts as hung.</summary>
    public TimeSpan HungAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after a failed write the next is tried.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);
}
