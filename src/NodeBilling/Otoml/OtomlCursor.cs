using System.Buffers;
using System.Text;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>Moves forward over valid UTF-8, and knows the line and column it has come to.</summary>
internal ref struct OtomlCursor(ReadOnlySpan<byte> utf8)
{
    /// <summary>What <see cref="Next"/> is after the last byte.</summary>
    public const int End = -1;

    private readonly ReadOnlySpan<byte> utf8 = utf8;
    private int offset;
    private int line = 1;
    private int column = 1;
    private int columnOffset;

    /// <summary>The next byte, or <see cref="End"/>.</summary>
    public readonly int Next => offset < utf8.Length ? utf8[offset] : End;

    /// <summary>Whether the characters of <paramref name="ascii"/> come next.</summary>
    public readonly bool IsAt(string ascii) =>
        ascii.Length <= utf8.Length - offset && Ascii.Equals(utf8.Slice(offset, ascii.Length), ascii);

    /// <summary>Whether a string of many lines begins or ends next.</summary>
    public readonly bool IsAtThreeQuotes => IsAt("\"\"\"") || IsAt("'''");

    /// <summary>Whether <paramref name="character"/> comes next and a digit after it.</summary>
    public readonly bool IsBeforeDigit(char character) =>
        Next == character && offset + 1 < utf8.Length && utf8[offset + 1] is >= (byte)'0' and <= (byte)'9';

    /// <summary>Where the next character is.</summary>
    public OtomlPlace Place()
    {
        // Counted on from where it was last asked for: from the line's start, one long line would take quadratic time.
        foreach (var next in utf8[columnOffset..offset])
        {
            column += (next & 0xC0) == 0x80 ? 0 : 1;
        }

        columnOffset = offset;
        return new OtomlPlace(line, column);
    }

    /// <summary>Goes on by so many bytes of this line.</summary>
    public void Skip(int count) => offset += count;

    /// <summary>Goes past the characters of <paramref name="ascii"/>, which end no line, if they come next.</summary>
    public bool TrySkip(string ascii)
    {
        if (!IsAt(ascii))
        {
            return false;
        }

        offset += ascii.Length;
        return true;
    }

    /// <summary>Goes past a line's end if it comes next: LF or CRLF.</summary>
    public bool TrySkipNewline()
    {
        if (Next != '\n' && !IsAt("\r\n"))
        {
            return false;
        }

        offset += Next == '\n' ? 1 : 2;
        line++;
        column = 1;
        columnOffset = offset;
        return true;
    }

    /// <summary>Goes past spaces and tabs.</summary>
    public void SkipBlanks()
    {
        while (Next is ' ' or '\t')
        {
            offset++;
        }
    }

    /// <summary>Takes the bytes before the first of <paramref name="ends"/>, which line ends are among.</summary>
    public ReadOnlySpan<byte> TakeUntil(SearchValues<byte> ends)
    {
        var length = utf8[offset..].IndexOfAny(ends);
        return Take(length < 0 ? utf8.Length - offset : length);
    }

    /// <summary>Takes the bytes that are all of <paramref name="allowed"/>.</summary>
    public ReadOnlySpan<byte> TakeWhile(SearchValues<byte> allowed)
    {
        var length = utf8[offset..].IndexOfAnyExcept(allowed);
        return Take(length < 0 ? utf8.Length - offset : length);
    }

    /// <summary>The refusal of what comes next.</summary>
    public OtomlException Expected(string what) => new(Place(), $"expected {what}, found {Found()}");

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = utf8.Slice(offset, count);
        offset += count;
        return taken;
    }

    private readonly string Found()
    {
        if (Next is End)
        {
            return "the end of the file";
        }

        if (Next == '\n' || IsAt("\r\n"))
        {
            return "the end of the line";
        }

        Rune.DecodeFromUtf8(utf8[offset..], out var character, out _);
        return Rune.IsControl(character) ? $"the control character U+{character.Value:X4}" : $"{character}";
    }
}
