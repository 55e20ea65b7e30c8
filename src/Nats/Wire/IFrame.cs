using System.Buffers.Text;
using System.Text;

namespace EventLedger.Nats;

/// <summary>A frame to the server, which writes itself where it is told.</summary>
internal interface IFrame
{
    /// <summary>At least as many bytes as <see cref="Write"/> writes.</summary>
    int LengthMax { get; }

    /// <summary>Writes the frame and returns its length.</summary>
    int Write(Span<byte> target);
}

/// <summary>Appends the parts of a frame to a span.</summary>
internal ref struct FrameWriter(Span<byte> target)
{
    /// <summary>Digits of the largest number that a frame holds.</summary>
    public const int NumberLengthMax = 20;

    private readonly Span<byte> target = target;

    public int Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[Length..]);
        Length += bytes.Length;
    }

    public void Write(string ascii) => Length += Encoding.ASCII.GetBytes(ascii, target[Length..]);

    public void Write(long number)
    {
        Utf8Formatter.TryFormat(number, target[Length..], out var written);
        Length += written;
    }
}
