using System.Runtime.InteropServices;

namespace EventLedger.Proxy.Spool;

/// <summary>A place in the spool: everything before it has been published.</summary>
/// <param name="Segment">The number of the segment.</param>
/// <param name="Offset">The bytes before it in the segment.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SpoolPosition(long Segment, long Offset)
{
    /// <summary>Whether it is nearer to the begin of the spool.</summary>
    public bool IsBefore(SpoolPosition other) =>
        Segment < other.Segment || (Segment == other.Segment && Offset < other.Offset);
}
