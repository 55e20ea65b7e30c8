using System.Text;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>Reads what follows a backslash in a basic string.</summary>
internal static class OtomlEscape
{
    /// <summary>Goes past the line end, blanks and empty lines after a backslash, which aren't text.</summary>
    public static bool TrySkipLineEnd(ref OtomlCursor cursor, OtomlPlace backslash)
    {
        if (cursor.Next is not (' ' or '\t' or '\n' or '\r'))
        {
            return false;
        }

        cursor.SkipBlanks();

        if (!cursor.TrySkipNewline())
        {
            throw new OtomlException(backslash, "a backslash before a space must end its line");
        }

        do
        {
            cursor.SkipBlanks();
        }
        while (cursor.TrySkipNewline());

        return true;
    }

    /// <summary>The character that is written after <paramref name="backslash"/>.</summary>
    public static Rune Read(ref OtomlCursor cursor, OtomlPlace backslash)
    {
        var code = cursor.Next;
        cursor.Skip(1);

        return code switch
        {
            'b' => new Rune('\b'),
            't' => new Rune('\t'),
            'n' => new Rune('\n'),
            'f' => new Rune('\f'),
            'r' => new Rune('\r'),
            '"' => new Rune('"'),
            '\\' => new Rune('\\'),
            'u' => ReadCodePoint(ref cursor, digits: 4, backslash),
            'U' => ReadCodePoint(ref cursor, digits: 8, backslash),
            _ => throw new OtomlException(backslash, "there is no such escape; TOML's end in one of btnfr\"\\uU"),
        };
    }

    private static Rune ReadCodePoint(ref OtomlCursor cursor, int digits, OtomlPlace backslash)
    {
        var codePoint = 0L;

        for (var i = 0; i < digits; i++)
        {
            var digit = OtomlNumbers.Digit(cursor.Next);

            if (digit >= 16)
            {
                throw new OtomlException(backslash, $"this escape takes {digits} hexadecimal digits");
            }

            codePoint = (codePoint * 16) + digit;
            cursor.Skip(1);
        }

        return codePoint <= 0x10FFFF && Rune.IsValid((int)codePoint)
            ? new Rune((int)codePoint)
            : throw new OtomlException(backslash, $"U+{codePoint:X4} is not a Unicode character");
    }
}
