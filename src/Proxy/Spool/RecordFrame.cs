using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace EventLedger.Proxy.Spool;

/// <summary>What the bytes at a place of a segment are.</summary>
internal enum FrameState
{
    /// <summary>A whole record.</summary>
    Whole,

    /// <summary>The beginning of a record, as far as there are bytes.</summary>
    Incomplete,

    /// <summary>No record.</summary>
    Damaged,
}

/// <summary>
/// A record as bytes: mark, length, CRC-32C over all that follows it, sequence, id, body; numbers little-endian.
/// The mark is what reading finds its way back by, after damage.
/// </summary>
internal static class RecordFrame
{
    /// <summary>The bytes before the body.</summary>
    public const int HeaderBytes = 36;

    /// <summary>The largest body.</summary>
    public const int BodyBytesMax = Contracts.Envelopes.EnvelopeReader.BytesMax;

    private const int CrcAt = 8;
    private const int SequenceAt = 12;
    private const int IdAt = 20;

    /// <summary>The first bytes of each record.</summary>
    public static ReadOnlySpan<byte> Mark => "ELr1"u8;

    /// <summary>Appends the record to <paramref name="output"/>.</summary>
    public static void Write(SpoolRecord record, IBufferWriter<byte> output)
    {
        var frame = output.GetSpan(record.FrameBytes)[..record.FrameBytes];

        Mark.CopyTo(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame[Mark.Length..], record.Body.Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame[SequenceAt..], record.Sequence);
        record.Id.TryWriteBytes(frame[IdAt..]);
        record.Body.Span.CopyTo(frame[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[CrcAt..], Crc(frame));

        output.Advance(frame.Length);
    }

    /// <summary>Reads the record that begins at the first of <paramref name="bytes"/>.</summary>
    public static FrameState Read(ReadOnlySpan<byte> bytes, out SpoolRecord? record)
    {
        record = null;

        if (bytes.Length < HeaderBytes)
        {
            return Mark.StartsWith(bytes[..Math.Min(bytes.Length, Mark.Length)])
                ? FrameState.Incomplete
                : FrameState.Damaged;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[Mark.Length..]);

        if (!bytes.StartsWith(Mark) || length is < 0 or > BodyBytesMax)
        {
            return FrameState.Damaged;
        }

        if (bytes.Length < HeaderBytes + length)
        {
            return FrameState.Incomplete;
        }

        var frame = bytes[..(HeaderBytes + length)];

        if (Crc(frame) != BinaryPrimitives.ReadUInt32LittleEndian(frame[CrcAt..]))
        {
            return FrameState.Damaged;
        }

        record = new(
            BinaryPrimitives.ReadInt64LittleEndian(frame[SequenceAt..]),
            new Guid(frame[IdAt..HeaderBytes]),
            frame[HeaderBytes..].ToArray());
        return FrameState.Whole;
    }

    // The length is covered too: one that is wrong would point into the middle of a later record.
    private static uint Crc(ReadOnlySpan<byte> frame)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(frame[Mark.Length..]));
        return Crc32C.Append(crc, frame[SequenceAt..]);
    }
}
