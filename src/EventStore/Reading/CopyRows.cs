using System.Buffers.Binary;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Events in PostgreSQL's binary COPY format: a header, then for each row the number of its fields and for each field
/// its length and bytes, and a number of -1 at the end. Fields of fixed length come first, so that they have fixed
/// places.
/// </summary>
internal sealed class CopyRows(TextCache texts)
{
    /// <summary>What to select, in the order in which it is read here.</summary>
    public const string Columns = "seq_id, version, timestamp, id, stream_id, type, data";

    /// <summary>Bytes before the first row: signature, flags, and the length of an extension, which is empty.</summary>
    public const int HeaderBytes = 11 + sizeof(int) + sizeof(int);

    private const int PositionAt = sizeof(short) + sizeof(int);
    private const int VersionAt = PositionAt + sizeof(long) + sizeof(int);
    private const int TimeAt = VersionAt + sizeof(long) + sizeof(int);
    private const int IdAt = TimeAt + sizeof(long) + sizeof(int);
    private const int IdBytes = 16;
    private const int TextsAt = IdAt + IdBytes;

    // jsonb is sent as a version and the text.
    private const int JsonVersionBytes = 1;

    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Adds every whole row at the beginning of <paramref name="bytes"/> to the list.</summary>
    /// <returns>The bytes that those rows take; what follows them is an unfinished row, or the end.</returns>
    public int Read(ReadOnlyMemory<byte> bytes, List<StoredEvent> events)
    {
        var read = 0;

        while (TryRead(bytes[read..], out var @event) is > 0 and var length)
        {
            events.Add(@event);
            read += length;
        }

        return read;
    }

    private int TryRead(ReadOnlyMemory<byte> bytes, out StoredEvent @event)
    {
        var row = bytes.Span;
        @event = default;

        if (!TryFind(row, TextsAt, out var stream)
            || !TryFind(row, stream.End.Value, out var type)
            || !TryFind(row, type.End.Value, out var data))
        {
            return 0;
        }

        @event = new StoredEvent(
            BinaryPrimitives.ReadInt64BigEndian(row[PositionAt..]),
            texts.Get(row[stream]),
            BinaryPrimitives.ReadInt64BigEndian(row[VersionAt..]),
            new Guid(row.Slice(IdAt, IdBytes), bigEndian: true),
            texts.Get(row[type]),
            bytes[data][JsonVersionBytes..],
            Epoch.AddMicroseconds(BinaryPrimitives.ReadInt64BigEndian(row[TimeAt..])));
        return data.End.Value;
    }

    // A field of no fixed length, whose length stands at the given place.
    private static bool TryFind(ReadOnlySpan<byte> row, int at, out Range field)
    {
        field = default;

        if (row.Length < at + sizeof(int))
        {
            return false;
        }

        var start = at + sizeof(int);
        field = start..(start + BinaryPrimitives.ReadInt32BigEndian(row[at..]));
        return field.End.Value <= row.Length;
    }
}
