using System.Text;

namespace EventLedger.EventStore.Blocks;

/// <summary>A text that grows, in a buffer that is used again.</summary>
internal sealed class Utf8Text
{
    private const int BytesFirst = 1024;

    private byte[] bytes = new byte[BytesFirst];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public Span<byte> Written => bytes.AsSpan(0, Length);

    /// <summary>Begins anew.</summary>
    public void Clear() => Length = 0;

    /// <summary>Appends one byte.</summary>
    public void Append(byte single)
    {
        Reserve(1);
        bytes[Length++] = single;
    }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> more)
    {
        Reserve(more.Length);
        more.CopyTo(bytes.AsSpan(Length));
        Length += more.Length;
    }

    /// <summary>Appends characters in UTF-8.</summary>
    public void Append(ReadOnlySpan<char> more)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(more.Length));
        Length += Encoding.UTF8.GetBytes(more, bytes.AsSpan(Length));
    }

    private void Reserve(int count)
    {
        if (bytes.Length - Length < count)
        {
            Array.Resize(ref bytes, Math.Max(2 * bytes.Length, Length + count));
        }
    }
}
