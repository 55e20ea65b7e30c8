using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// Events in the form of PostgreSQL's binary COPY (its manual, COPY, "Binary Format"). They are made whole before
/// positions are drawn, since later blocks wait for this one from then on.
/// </summary>
/// <param name="capacity">The most events.</param>
internal sealed class CopyInput(int capacity)
{
    /// <summary>The columns, with those in front that are filled in last.</summary>
    public const string Columns = "seq_id, timestamp, id, stream_id, version, data, type, mt_dotnet_type";

    private const short ColumnCount = 8;
    private const int FixedBytes = 96;
    private const int BytesExpected = 512;
    private const int PositionOffset = sizeof(short) + sizeof(int);
    private const int TimeOffset = PositionOffset + sizeof(long) + sizeof(int);
    private const byte JsonbVersion = 1;

    private static readonly DateTimeOffset PostgresEpoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ArrayBufferWriter<byte> bytes = Begin(capacity);
    private readonly int[] starts = new int[capacity];

    /// <summary>How many rows there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an event, whose position and time are still open.</summary>
    public void Add(NewEvent @event, long version)
    {
        starts[Count++] = bytes.WrittenCount;
        var textMax = Encoding.UTF8.GetMaxByteCount(
            @event.StreamId.Length + @event.Type.Length + @event.DotnetType.Length);
        var row = bytes.GetSpan(FixedBytes + textMax + @event.Data.Length);
        var end = 0;

        BinaryPrimitives.WriteInt16BigEndian(row, ColumnCount);
        end += sizeof(short);
        AppendNumber(row, ref end, 0);
        AppendNumber(row, ref end, 0);
        AppendId(row, ref end, @event.Id);
        AppendText(row, ref end, @event.StreamId);
        AppendNumber(row, ref end, version);
        AppendJson(row, ref end, @event.Data);
        AppendText(row, ref end, @event.Type);
        AppendText(row, ref end, @event.DotnetType);
        bytes.Advance(end);
    }

    /// <summary>Fills in consecutive positions and their time, and gives the bytes to send.</summary>
    public ReadOnlyMemory<byte> Complete(WrittenEvents place)
    {
        var timeUs = (place.Time - PostgresEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        BinaryPrimitives.WriteInt16BigEndian(bytes.GetSpan(sizeof(short)), -1);
        bytes.Advance(sizeof(short));
        var written = MemoryMarshal.AsMemory(bytes.WrittenMemory);

        for (var i = 0; i < Count; i++)
        {
            var row = written.Span[starts[i]..];
            BinaryPrimitives.WriteInt64BigEndian(row[PositionOffset..], place.FirstPosition + i);
            BinaryPrimitives.WriteInt64BigEndian(row[TimeOffset..], timeUs);
        }

        return written;
    }

    private static ArrayBufferWriter<byte> Begin(int capacity)
    {
        var begun = new ArrayBufferWriter<byte>((capacity + 1) * BytesExpected);
        ReadOnlySpan<byte> signature = [.. "PGCOPY\n"u8, 0xff, .. "\r\n\0"u8];
        ReadOnlySpan<byte> noFlagsNoExtension = [0, 0, 0, 0, 0, 0, 0, 0];
        begun.Write(signature);
        begun.Write(noFlagsNoExtension);
        return begun;
    }

    private static void AppendNumber(Span<byte> row, ref int end, long number)
    {
        BinaryPrimitives.WriteInt32BigEndian(row[end..], sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(row[(end + sizeof(int))..], number);
        end += sizeof(int) + sizeof(long);
    }

    private static void AppendId(Span<byte> row, ref int end, Guid id)
    {
        BinaryPrimitives.WriteInt32BigEndian(row[end..], 16);
        id.TryWriteBytes(row[(end + sizeof(int))..], bigEndian: true, out var length);
        end += sizeof(int) + length;
    }

    private static void AppendText(Span<byte> row, ref int end, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, row[(end + sizeof(int))..]);
        BinaryPrimitives.WriteInt32BigEndian(row[end..], length);
        end += sizeof(int) + length;
    }

    private static void AppendJson(Span<byte> row, ref int end, ReadOnlySpan<byte> json)
    {
        BinaryPrimitives.WriteInt32BigEndian(row[end..], 1 + json.Length);
        row[end + sizeof(int)] = JsonbVersion;
        json.CopyTo(row[(end + sizeof(int) + 1)..]);
        end += sizeof(int) + 1 + json.Length;
    }
}
