using System.Buffers.Binary;

namespace EventLedger.EventStore.Copying;

/// <summary>
/// PostgreSQL's binary COPY format (its manual, COPY, "Binary Format"): a header, then for each row the number of its
/// fields and for each field its length and bytes, and a number of -1 at the end.
/// </summary>
internal static class CopyFormat
{
    /// <summary>Bytes before the first row: signature, flags, and the length of an extension, which is empty.</summary>
    public const int HeaderBytes = 11 + sizeof(int) + sizeof(int);

    /// <summary>Bytes before the text of a <c>jsonb</c>: a version.</summary>
    public const int JsonVersionBytes = 1;

    /// <summary>Said instead of a row's length behind the last row.</summary>
    public const int NoMoreRows = -1;

    /// <summary>The statement that sends what <paramref name="query"/> gives. COPY takes no parameters.</summary>
    public static string Sql(string query) => $"copy ({query}) to stdout (format binary)";

    /// <summary>Finds the fields of the row that the bytes begin with.</summary>
    /// <returns>The row's length, or 0 if the bytes hold only a part of it.</returns>
    public static int FindRow(ReadOnlySpan<byte> bytes, Span<CopyField> fields)
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

        for (var i = 0; i < fields.Length; i++)
        {
            if (bytes.Length < at + sizeof(int))
            {
                return 0;
            }

            fields[i] = new(at + sizeof(int), BinaryPrimitives.ReadInt32BigEndian(bytes[at..]));
            at = fields[i].End;
        }

        return at <= bytes.Length ? at : 0;
    }
}

/// <summary>Where a field's bytes are in its row.</summary>
/// <param name="Start">The first one.</param>
/// <param name="Length">How many; below 0 where the field is null.</param>
internal readonly record struct CopyField(int Start, int Length)
{
    /// <summary>Where the field behind it begins.</summary>
    public int End => Start + Math.Max(Length, 0);

    /// <summary>The field's bytes.</summary>
    public Range Range => Start..End;
}
