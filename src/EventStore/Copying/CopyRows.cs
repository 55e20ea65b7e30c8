using System.Buffers.Binary;
using Npgsql;

namespace EventLedger.EventStore.Copying;

/// <summary>The rows of a query as COPY sends them, one at a time and without an object for any.</summary>
public sealed class CopyRows : IAsyncDisposable
{
    private const int BytesFirst = 64 * 1024;

    private readonly NpgsqlRawCopyStream copy;
    private readonly CopyField[] fields;
    private byte[] buffer = new byte[BytesFirst];
    private int row;
    private int next;
    private int end;

    private CopyRows(NpgsqlRawCopyStream copy, int fieldsCount)
    {
        this.copy = copy;
        fields = new CopyField[fieldsCount];
    }

    /// <summary>Begins to read what <paramref name="query"/> gives, in that many fields.</summary>
    public static async Task<CopyRows> OpenAsync(
        NpgsqlConnection connection, string query, int fieldsCount, CancellationToken cancellation)
    {
        var rows = new CopyRows(
            await connection.BeginRawBinaryCopyAsync(CopyFormat.Sql(query), cancellation), fieldsCount);
        await rows.copy.ReadExactlyAsync(rows.buffer.AsMemory(0, CopyFormat.HeaderBytes), cancellation);
        return rows;
    }

    /// <summary>Goes to the next row; false if there is none.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        int length;

        while ((length = CopyFormat.FindRow(buffer.AsSpan(next..end), fields)) == 0)
        {
            MakeRoom();
            Take(await copy.ReadAsync(buffer.AsMemory(end), cancellation));
        }

        return GoTo(length);
    }

    /// <summary>The same for a thread of its own, which has nothing else to do while it waits.</summary>
    public bool Next()
    {
        int length;

        while ((length = CopyFormat.FindRow(buffer.AsSpan(next..end), fields)) == 0)
        {
            MakeRoom();
            Take(copy.Read(buffer.AsSpan(end)));
        }

        return GoTo(length);
    }

    /// <summary>Whether the row has no value there.</summary>
    public bool IsNull(int field) => fields[field].Length < 0;

    /// <summary>The field's bytes, good until the next row; none where it is null.</summary>
    public ReadOnlySpan<byte> Bytes(int field) => buffer.AsSpan(row)[fields[field].Range];

    /// <summary>A <c>bigint</c>, or a time in microseconds since 2000.</summary>
    public long Int64(int field) => BinaryPrimitives.ReadInt64BigEndian(Bytes(field));

    /// <summary>A <c>boolean</c>.</summary>
    public bool Boolean(int field) => Bytes(field)[0] != 0;

    /// <summary>A <c>uuid</c>.</summary>
    public Guid Guid(int field) => new(Bytes(field), bigEndian: true);

    /// <summary>The text of a <c>jsonb</c>.</summary>
    public ReadOnlySpan<byte> Json(int field) => Bytes(field)[CopyFormat.JsonVersionBytes..];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => copy.DisposeAsync();

    private bool GoTo(int length)
    {
        row = next;
        next += length;
        return length != CopyFormat.NoMoreRows;
    }

    private void Take(int count) =>
        end += count > 0 ? count : throw new EndOfStreamException("The rows end before their end is said.");

    private void MakeRoom()
    {
        if (next == end)
        {
            (next, end) = (0, 0);
        }
        else if (end == buffer.Length)
        {
            var rest = buffer.AsSpan(next..end);
            var larger = next == 0 ? new byte[2 * buffer.Length] : buffer;
            rest.CopyTo(larger);
            (buffer, next, end) = (larger, 0, rest.Length);
        }
    }
}
