namespace EventLedger.Proxy.Spool;

/// <summary>What stands next in a segment.</summary>
/// <param name="Record">The record; null where the bytes are none.</param>
/// <param name="Skipped">The bytes before it that are no record.</param>
/// <param name="Used">How far reading got, skipped bytes included; 0 when more bytes are needed.</param>
internal readonly record struct SegmentStep(SpoolRecord? Record, int Skipped, int Used);

/// <summary>Walks over a segment's bytes from record to record, and over damage to the next whole one.</summary>
internal static class SegmentScan
{
    /// <summary>
    /// The next step over <paramref name="bytes"/>; <paramref name="isEnd"/> says that no more will come.
    /// </summary>
    public static SegmentStep Next(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        var at = 0;

        while (at < bytes.Length)
        {
            var state = RecordFrame.Read(bytes[at..], out var record);

            if (state is FrameState.Whole)
            {
                return new(record, Skipped: at, Used: at + record!.FrameBytes);
            }

            if (state is FrameState.Incomplete && !isEnd)
            {
                return new(null, Skipped: at, Used: at);
            }

            at = NextMark(bytes, at + 1, isEnd);
        }

        return new(null, Skipped: at, Used: at);
    }

    // A mark may be split by the end of what has been read so far.
    private static int NextMark(ReadOnlySpan<byte> bytes, int from, bool isEnd)
    {
        var mark = bytes[from..].IndexOf(RecordFrame.Mark);

        return (mark, isEnd) switch
        {
            ( >= 0, _) => from + mark,
            (_, true) => bytes.Length,
            _ => Math.Max(from, bytes.Length - RecordFrame.Mark.Length + 1),
        };
    }
}
