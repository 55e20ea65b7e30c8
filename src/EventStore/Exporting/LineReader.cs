using EventLedger.EventStore.Proofs;

namespace EventLedger.EventStore.Exporting;

/// <summary>Reads a file line by line, each of which fits into memory.</summary>
/// <param name="input">The file.</param>
internal sealed class LineReader(Stream input)
{
    /// <summary>The most bytes of a line: many times what an envelope of the largest size becomes.</summary>
    public const int LineBytesMax = 16 * 1024 * 1024;

    private const int BytesFirst = 64 * 1024;

    private byte[] buffer = new byte[BytesFirst];
    private int next;
    private int end;

    /// <summary>The number of the line that was read last, or could not be, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end, good until the next call; null behind the last one.</summary>
    /// <exception cref="ProofException">The line is too long, or the file ends within it.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellation)
    {
        var searched = 0;
        int found;

        while ((found = buffer.AsSpan(next + searched, end - next - searched).IndexOf((byte)'\n')) < 0)
        {
            searched = end - next;
            MakeRoom();
            var count = await input.ReadAsync(buffer.AsMemory(end), cancellation);
            end += count;

            if (count == 0)
            {
                return searched == 0 ? null : throw Fault("it has no end: the file was cut off");
            }
        }

        var line = buffer.AsMemory(next, searched + found);
        next += searched + found + 1;
        Number++;
        return line;
    }

    private void MakeRoom()
    {
        if (end < buffer.Length)
        {
            return;
        }

        var rest = buffer.AsSpan(next..end);

        if (rest.Length >= LineBytesMax)
        {
            throw Fault($"it is longer than {LineBytesMax} bytes");
        }

        var larger = next == 0 ? new byte[2 * buffer.Length] : buffer;
        rest.CopyTo(larger);
        (buffer, next, end) = (larger, 0, rest.Length);
    }

    // The line that it is about counts as read: whoever catches it names it.
    private ProofException Fault(string message)
    {
        Number++;
        return new ProofException(message);
    }
}
