namespace EventLedger.Nats;

/// <summary>The bytes that arrived and are not consumed, in one piece. It grows to the frame it waits for.</summary>
internal sealed class ReceiveBuffer
{
    private const int BytesMin = 128 * 1024;

    private byte[] bytes = new byte[BytesMin];
    private int start;
    private int end;

    public ReadOnlySpan<byte> Filled => bytes.AsSpan(start, end - start);

    public Memory<byte> Free => bytes.AsMemory(end);

    public void Fill(int count) => end += count;

    public void Consume(int count)
    {
        start += count;

        if (start == end)
        {
            start = end = 0;
        }
    }

    /// <summary>Makes sure that <paramref name="wanted"/> bytes fit, and that there is room to read into.</summary>
    public void MakeRoom(int wanted)
    {
        if (bytes.Length - start >= wanted && end < bytes.Length)
        {
            return;
        }

        // Back to the usual size as soon as it suffices: one large message must not cost its memory for ever.
        var target = wanted <= BytesMin ? (bytes.Length == BytesMin ? bytes : new byte[BytesMin]) : new byte[wanted];
        Filled.CopyTo(target);
        (bytes, end, start) = (target, end - start, 0);
    }
}
