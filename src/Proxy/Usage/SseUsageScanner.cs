namespace EventLedger.Proxy.Usage;

/// <summary>
/// Reads usage out of Server-Sent Events: the data of each event is a JSON document of its own, and what a later one
/// states replaces what an earlier one did.
/// </summary>
internal sealed class SseUsageScanner : IUsageScanner
{
    private static readonly byte[] DataPrefix = "data:"u8.ToArray();
    private static readonly byte[] DoneMark = "[DONE]"u8.ToArray();

    // A glance may find something at once, so the number of glances at a piece is bounded.
    private const int GlancesMax = 2;

    private readonly JsonUsageScanner document = new();
    private Line line;
    private int matched;
    private bool doneIsPossible;
    private bool lineFeedMayFollow;
    private bool isScanned;

    private enum Line
    {
        Start,
        DataStart,
        Data,
        Other,
    }

    /// <inheritdoc/>
    public UsageBlock Usage { get; } = new();

    /// <inheritdoc/>
    public string? Model { get; private set; }

    /// <inheritdoc/>
    public bool IsComplete { get; private set; }

    /// <inheritdoc/>
    public void Scan(ReadOnlySpan<byte> bytes)
    {
        var glances = GlancesMax;

        while (!bytes.IsEmpty && !IsComplete)
        {
            if (glances > 0 && IsBetweenEvents && Model is not null)
            {
                glances--;
                bytes = bytes[WordsIn(bytes)..];

                if (bytes.IsEmpty)
                {
                    break;
                }
            }

            var used = line switch
            {
                Line.Start => ReadPrefix(bytes[0]),
                Line.DataStart => SkipOneSpace(bytes[0]),
                _ => ReadLine(bytes),
            };

            bytes = bytes[used..];
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        EndLine((byte)'\n');
        IsComplete = true;
    }

    /// <summary>Starts anew, with the next stream.</summary>
    public void Reset()
    {
        document.Reset();
        Usage.Clear();
        (Model, IsComplete, isScanned) = (null, false, false);
        (line, matched, doneIsPossible, lineFeedMayFollow) = (Line.Start, 0, false, false);
    }

    private bool IsBetweenEvents => line is Line.Start && matched == 0 && !isScanned && !lineFeedMayFollow;

    // Nearly all of a stream is whole events of words, which are passed over.
    private static int WordsIn(ReadOnlySpan<byte> events)
    {
        var words = events[..EventHints.FirstThatMayMatter(events)];
        var end = words.LastIndexOf("\n\n"u8);
        var otherEnd = words[Math.Max(end, 0)..].LastIndexOf("\n\r\n"u8);

        return otherEnd >= 0 ? Math.Max(end, 0) + otherEnd + 3 : end < 0 ? 0 : end + 2;
    }

    private int ReadPrefix(byte next)
    {
        if (next == '\n' && lineFeedMayFollow)
        {
            lineFeedMayFollow = false;
            return 1;
        }

        if (next is (byte)'\r' or (byte)'\n')
        {
            EndLine(next);
            return 1;
        }

        lineFeedMayFollow = false;

        if (next != DataPrefix[matched])
        {
            line = Line.Other;
            return 0;
        }

        if (++matched == DataPrefix.Length)
        {
            (line, matched, doneIsPossible) = (Line.DataStart, 0, true);
        }

        return 1;
    }

    private int SkipOneSpace(byte next)
    {
        line = Line.Data;
        return next == ' ' ? 1 : 0;
    }

    private int ReadLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        var part = end < 0 ? bytes : bytes[..end];

        if (line is Line.Data)
        {
            MatchDone(part);
            ScanData(part, isWhole: end >= 0);
        }

        if (end < 0)
        {
            return bytes.Length;
        }

        EndLine(bytes[end]);
        return end + 1;
    }

    private void ScanData(ReadOnlySpan<byte> part, bool isWhole)
    {
        isScanned = isScanned || !isWhole || Model is null || !IsDocument(part)
            || EventHints.FirstThatMayMatter(part) < part.Length;

        if (isScanned)
        {
            document.Scan(part);
        }
    }

    private static bool IsDocument(ReadOnlySpan<byte> part) => part.StartsWith("{"u8) && part.EndsWith("}"u8);

    private void MatchDone(ReadOnlySpan<byte> part)
    {
        doneIsPossible = doneIsPossible && DoneMark.AsSpan(matched).StartsWith(part);
        matched += doneIsPossible ? part.Length : 0;
    }

    // A document may go on over several data lines: it is taken when it is whole.
    private void EndLine(byte ending)
    {
        lineFeedMayFollow = ending == '\r';
        IsComplete = line is Line.Data && doneIsPossible && matched == DoneMark.Length;

        if (line is Line.Data && document.IsComplete)
        {
            Usage.Merge(document.Usage);
            Model = document.Model ?? Model;
            IsComplete |= EndsStream(document.EventType);
        }

        if (isScanned && (line is Line.Start || document.IsComplete))
        {
            document.Reset();
            isScanned = false;
        }

        (line, matched, doneIsPossible) = (Line.Start, 0, false);
    }

    private static bool EndsStream(string? eventType) =>
        eventType is "message_stop" or "response.completed" or "response.incomplete" or "response.failed";
}
