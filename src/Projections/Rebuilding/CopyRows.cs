using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace EventLedger.Projections.Rebuilding;

/// <summary>
/// Walks through what PostgreSQL sends for <c>copy … to stdout (format binary)</c>, row by row, without making an
/// object for each field.
/// </summary>
/// <param name="stream">The raw output; read to its end, but not closed.</param>
/// <param name="columns">How many columns each row has.</param>
internal sealed class CopyRows(Stream stream, int columns)
{
    private const int BufferSizeAtFirst = 256 * 1024;
    private const int SignatureSize = 11;
    private const int FlagsSize = 4;
    private const short End = -1;

    private readonly (int Start, int Length)[] fields = new (int, int)[columns];
    private byte[] buffer = new byte[BufferSizeAtFirst];
    private int start;
    private int end;
    private bool hasBegun;

    /// <summary>A column of the present row; empty where it is null.</summary>
    public ReadOnlySpan<byte> this[int column] => buffer.AsSpan(fields[column].Start, fields[column].Length);

    /// <summary>A column of the present row that is a bigint.</summary>
    public long Number(int column) => BinaryPrimitives.ReadInt64BigEndian(this[column]);

    /// <summary>A column of the present row that is a whole number as text; null where it is null.</summary>
    /// <exception cref="FormatException">It isn't whole, or is outside 64 bits.</exception>
    public long? NumberText(int column)
    {
        var text = this[column];

        return text.IsEmpty ? null
            : Utf8Parser.TryParse(text, out long number, out var length) && length == text.Length ? number
            : throw new FormatException($"{Encoding.UTF8.GetString(text)} is no whole number of 64 bits");
    }

    /// <summary>Goes to the next row; false after the last.</summary>
    public bool Read()
    {
        if (!hasBegun)
        {
            hasBegun = true;
            SkipHeader();
        }

        Require(sizeof(short));
        var count = BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(start));
        var at = sizeof(short);

        if (count == End)
        {
            return false;
        }

        for (var i = 0; i < fields.Length; i++)
        {
            Require(at + sizeof(int));
            var length = Math.Max(BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(start + at)), 0);
            at += sizeof(int);
            Require(at + length);
            fields[i] = (at, length);
            at += length;
        }

        // Only now does the row no longer move within the buffer.
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i].Start += start;
        }

        start += at;
        return true;
    }

    private void SkipHeader()
    {
        const int ExtensionLengthAt = SignatureSize + FlagsSize;
        Require(ExtensionLengthAt + sizeof(int));
        var extension = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(start + ExtensionLengthAt));
        var size = ExtensionLengthAt + sizeof(int) + extension;
        Require(size);
        start += size;
    }

    // Brings bytes into the buffer until it has so many from the start of the row on.
    private void Require(int size)
    {
        if (end - start >= size)
        {
            return;
        }

        var kept = buffer.AsSpan(start, end - start);
        var roomier = size > buffer.Length ? new byte[Math.Max(size, buffer.Length * 2)] : buffer;
        kept.CopyTo(roomier);
        (buffer, start, end) = (roomier, 0, kept.Length);
        end += stream.ReadAtLeast(buffer.AsSpan(end), size - end);
    }
}
