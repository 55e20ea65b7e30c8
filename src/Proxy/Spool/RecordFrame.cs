using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using EventLedger.Proxy.Metering;

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
/// A record as bytes: mark, form, length of the body, CRC-32C over all that follows it, sequence, id, in the traced
/// form the trace, body; numbers little-endian. The mark is what reading finds its way back by, after damage.
/// </summary>
internal static class RecordFrame
{
    /// <summary>The bytes before the trace, or the body where there is none.</summary>
    public const int HeaderBytes = 36;

    /// <summary>The largest body.</summary>
    public const int BodyBytesMax = Contracts.Envelopes.EnvelopeReader.BytesMax;

    // An older proxy knows the first one alone, so what has no trace is written as ever.
    private const byte Plain = (byte)'1';
    private const byte Traced = (byte)'2';

    private const int FormAt = 3;
    private const int LengthAt = 4;
    private const int CrcAt = 8;
    private const int SequenceAt = 12;
    private const int IdAt = 20;

    /// <summary>The first bytes of each record.</summary>
    public static ReadOnlySpan<byte> Mark => "ELr"u8;

    /// <summary>Appends the record to <paramref name="output"/>.</summary>
    public static void Write(SpoolRecord record, IBufferWriter<byte> output)
    {
        var frame = output.GetSpan(record.FrameBytes)[..record.FrameBytes];

        Mark.CopyTo(frame);
        frame[FormAt] = record.TraceParent is null ? Plain : Traced;
        BinaryPrimitives.WriteInt32LittleEndian(frame[LengthAt..], record.Body.Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame[SequenceAt..], record.Sequence);
        record.Id.TryWriteBytes(frame[IdAt..]);
        Encoding.ASCII.GetBytes(record.TraceParent, frame[HeaderBytes..]);
        record.Body.Span.CopyTo(frame[^record.Body.Length..]);
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

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthAt..]);

        if (!bytes.StartsWith(Mark) || bytes[FormAt] is not (Plain or Traced) || length is < 0 or > BodyBytesMax)
        {
            return FrameState.Damaged;
        }

        var bodyAt = HeaderBytes + (bytes[FormAt] is Traced ? TraceParent.Length : 0);

        if (bytes.Length < bodyAt + length)
        {
            return FrameState.Incomplete;
        }

        var frame = bytes[..(bodyAt + length)];

        if (Crc(frame) != BinaryPrimitives.ReadUInt32LittleEndian(frame[CrcAt..]))
        {
            return FrameState.Damaged;
        }

        record = new(
            BinaryPrimitives.ReadInt64LittleEndian(frame[SequenceAt..]),
            new Guid(frame[IdAt..HeaderBytes]),
            frame[bodyAt..].ToArray(),
            bodyAt > HeaderBytes ? Encoding.ASCII.GetString(frame[HeaderBytes..bodyAt]) : null);
        return FrameState.Whole;
    }

    // The length is covered too: one that is wrong would point into the middle of a later record.
    private static uint Crc(ReadOnlySpan<byte> frame)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, BinaryPrimitives.ReadUInt32LittleEndian(frame[LengthAt..]));
        return Crc32C.Append(crc, frame[SequenceAt..]);
    }
}
