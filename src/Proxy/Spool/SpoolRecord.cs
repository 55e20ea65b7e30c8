using System.Buffers.Binary;

namespace EventLedger.Proxy.Spool;

/// <summary>One envelope as the spool keeps it: the bytes that will be published, and under which message id.</summary>
/// <param name="Sequence">Its place in the spool's epoch; 0 where it has none.</param>
/// <param name="Id">The message id, which makes publishing it again harmless.</param>
/// <param name="Body">The envelope's JSON.</param>
/// <param name="TraceParent">The trace that its request belongs to; null for none.</param>
internal sealed record SpoolRecord(long Sequence, Guid Id, ReadOnlyMemory<byte> Body, string? TraceParent = null)
{
    /// <summary>The bytes that it takes in a segment.</summary>
    public int FrameBytes => RecordFrame.HeaderBytes + (TraceParent?.Length ?? 0) + Body.Length;

    /// <summary>When the envelope was made, which our own ids tell; null for another producer's.</summary>
    public DateTimeOffset? MadeAt
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            Id.TryWriteBytes(bytes, bigEndian: true, out _);

            return Id.Version == 7
                ? DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16)
                : null;
        }
    }
}
