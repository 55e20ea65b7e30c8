using System.Buffers.Binary;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// The rows of a query in PostgreSQL's binary COPY format, one at a time and without an object for any: a header, then
/// for each row the number of its fields and for each field its length and bytes, and a number of -1 at the end.
/// </summary>
internal sealed class BinaryRows : IAsyncDisposable
{
    private const int BytesFirst = 64 * 1024;
    private const int HeaderBytes = 11 + sizeof(int) + sizeof(int);
    private const int NoMoreRows = -1;

    private readonly NpgsqlRawCopyStream copy;
    private readonly (int Start, int Length)[] fields;
    private byte[] buffer = new byte[BytesFirst];
    private int next;
    private int end;

    private BinaryRows(NpgsqlRawCopyStream copy, int fieldsCount)
    {
        this.copy = copy;
        fields = new (int, int)[fieldsCount];
    }

    /// <summary>Begins to read what <paramref name="query"/> gives, in that many fields.</summary>
    public static async Task<BinaryRows> OpenAsync(
        NpgsqlConnection connection, string query, int fieldsCount, CancellationToken cancellation)
    {
        var rows = new BinaryRows(
            await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", cancellation),
            fieldsCount);
        await rows.copy.ReadExactlyAsync(rows.buffer.AsMemory(0, HeaderBytes), cancellation);
        return rows;
    }

    /// <summary>Goes to the next row; false if there is none.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        int length;

        while ((length = FindRow(buffer.AsSpan(next, end - next))) == 0)
        {
            MakeRoom();
            var count = await copy.ReadAsync(buffer.AsMemory(end), cancellation);
            end += count > 0 ? count : throw new EndOfStreamException("The rows end before their end is said.");
        }

        next += length;
        return length != NoMoreRows;
    }

    /// <summary>Whether the row has no value there.</summary>
    public bool IsNull(int field) => fields[field].Length < 0;

    /// <summary>The field's bytes, good until the next row.</summary>
    public ReadOnlySpan<byte> Bytes(int field) =>
        IsNull(field) ? [] : buffer.AsSpan(fields[field].Start, fields[field].Length);

    /// <summary>A <c>bigint</c>, or a time in microseconds since 2000.</summary>
    public long Int64(int field) => BinaryPrimitives.ReadInt64BigEndian(Bytes(field));

    /// <summary>A <c>boolean</c>.</summary>
    public bool Boolean(int field) => Bytes(field)[0] != 0;

    /// <summary>A <c>uuid</c>.</summary>
    public Guid Guid(int field) => new(Bytes(field), bigEndian: true);

    /// <summary>The text of a <c>jsonb</c>, which is sent behind a version.</summary>
    public ReadOnlySpan<byte> Json(int field) => Bytes(field)[1..];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => copy.DisposeAsync();

    // The length of the row that the bytes begin with; 0 if they hold only a part of it.
    private int FindRow(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(short))
        {
            return 0;
        }

        if (BinaryPrimitives.ReadInt16BigEndian(bytes) < 0)
        {
            return NoMoreRows;
        }

        var at = sizeof(short);

        for (var field = 0; field < fields.Length; field++)
        {
            if (bytes.Length < at + sizeof(int))
            {
                return 0;
            }

            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            at += sizeof(int);
            fields[field] = (next + at, length);
            at += Math.Max(length, 0);
        }

        return at <= bytes.Length ? at : 0;
    }

    private void MakeRoom()
    {
        if (next == end)
        {
            (next, end) = (0, 0);
        }
        else if (end == buffer.Length)
        {
            var rest = buffer.AsSpan(next, end - next);
            var larger = next == 0 ? new byte[2 * buffer.Length] : buffer;
            rest.CopyTo(larger);
            (buffer, next, end) = (larger, 0, rest.Length);
        }
    }
}
