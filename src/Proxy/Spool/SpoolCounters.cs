using EventLedger.Proxy.Monitoring;

namespace EventLedger.Proxy.Spool;

/// <summary>What happened to envelopes on their way through the spool.</summary>
internal sealed class SpoolCounters
{
    /// <summary>Written to disk.</summary>
    public Counter Written { get; } = new();

    /// <summary>Published and gone from the disk.</summary>
    public Counter Drained { get; } = new();

    /// <summary>Lost: the disk didn't take them and memory was full.</summary>
    public Counter Lost { get; } = new();

    /// <summary>Writes that failed.</summary>
    public Counter WriteFailures { get; } = new();

    /// <summary>Pieces of segments that were no record, and were set aside.</summary>
    public Counter Damaged { get; } = new();

    /// <summary>What became of them, by hour.</summary>
    public SpoolHours Hours { get; } = new();

    /// <summary>How long responses waited for their records.</summary>
    public Histogram Wait { get; } = new();

    /// <summary>Responses that went out before their record was written.</summary>
    public Counter NotWaitedFor { get; } = new();

    /// <summary>Envelopes taken over from an older sidecar's files.</summary>
    public Counter TakenOver { get; } = new();
}
