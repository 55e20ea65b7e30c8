using System.Buffers.Binary;
using EventLedger.EventStore.Copying;

namespace EventLedger.EventStore.Reading;

/// <summary>Makes events of what COPY sends. An event's data stays where it was read, and isn't copied.</summary>
internal sealed class EventPages(TextCache texts)
{
    /// <summary>What to select, in the order in which it is read here.</summary>
    public const string Columns = "seq_id, version, timestamp, id, stream_id, type, data";

    private const int Position = 0;
    private const int Version = 1;
    private const int Time = 2;
    private const int Id = 3;
    private const int Stream = 4;
    private const int Type = 5;
    private const int Data = 6;
    private const int FieldsCount = 7;

    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Adds every whole row at the beginning of <paramref name="bytes"/> to the list.</summary>
    /// <returns>The bytes that those rows take; what follows them is an unfinished row, or the end.</returns>
    public int Read(ReadOnlyMemory<byte> bytes, List<StoredEvent> events)
    {
        Span<CopyField> fields = stackalloc CopyField[FieldsCount];
        var read = 0;

        while (CopyFormat.FindRow(bytes.Span[read..], fields) is > 0 and var length)
        {
            events.Add(Make(bytes.Slice(read, length), fields));
            read += length;
        }

        return read;
    }

    private StoredEvent Make(ReadOnlyMemory<byte> bytes, ReadOnlySpan<CopyField> fields)
    {
        var row = bytes.Span;

        return new StoredEvent(
            BinaryPrimitives.ReadInt64BigEndian(row[fields[Position].Range]),
            texts.Get(row[fields[Stream].Range]),
            BinaryPrimitives.ReadInt64BigEndian(row[fields[Version].Range]),
            new Guid(row[fields[Id].Range], bigEndian: true),
            texts.Get(row[fields[Type].Range]),
            bytes[fields[Data].Range][CopyFormat.JsonVersionBytes..],
            Epoch.AddMicroseconds(BinaryPrimitives.ReadInt64BigEndian(row[fields[Time].Range])));
    }
}
