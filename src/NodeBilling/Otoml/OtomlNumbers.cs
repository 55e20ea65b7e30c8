namespace EventLedger.NodeBilling.Otoml;

/// <summary>TOML's integers: decimal, hexadecimal, octal and binary, with underscores between digits.</summary>
internal static class OtomlNumbers
{
    /// <summary>Null with the number; else why <paramref name="word"/> is none.</summary>
    public static string? ProblemOf(string word, out long number)
    {
        number = 0;

        if (IsFloat(word))
        {
            return $"{BasicString.Excerpt(word)} is a float; numbers here are whole";
        }

        var (digits, radix) = word switch
        {
            ['0', 'x', .. var rest] => (rest, 16),
            ['0', 'o', .. var rest] => (rest, 8),
            ['0', 'b', .. var rest] => (rest, 2),
            ['+' or '-', .. var rest] => (rest, 10),
            _ => (word, 10),
        };

        if (!AreDigits(digits, radix) || (radix == 10 && digits is ['0', _, ..]))
        {
            return $"{BasicString.Excerpt(word)} is not a value of TOML";
        }

        return TryCount(digits, radix, isNegative: word[0] == '-', out number)
            ? null
            : $"{BasicString.Excerpt(word)} doesn't fit 64 bits";
    }

    /// <summary>What a digit is worth, up to 15; more than any digit where it is none.</summary>
    public static int Digit(int character) => character switch
    {
        >= '0' and <= '9' => character - '0',
        >= 'a' and <= 'f' => character - 'a' + 10,
        >= 'A' and <= 'F' => character - 'A' + 10,
        _ => int.MaxValue,
    };

    private static bool IsFloat(string word)
    {
        var unsigned = word.TrimStart('+', '-');

        return unsigned is "inf" or "nan"
            || (unsigned is [>= '0' and <= '9', ..] and not ['0', 'x' or 'o' or 'b', ..]
                && unsigned.AsSpan().ContainsAny('.', 'e', 'E'));
    }

    private static bool AreDigits(string digits, int radix)
    {
        var afterDigit = false;

        foreach (var character in digits)
        {
            // An underscore stands between two digits.
            if (character == '_' ? !afterDigit : Digit(character) >= radix)
            {
                return false;
            }

            afterDigit = character != '_';
        }

        return afterDigit;
    }

    private static bool TryCount(string digits, int radix, bool isNegative, out long number)
    {
        var limit = isNegative ? 1UL << 63 : long.MaxValue;
        var magnitude = 0UL;
        number = 0;

        foreach (var character in digits)
        {
            if (character == '_')
            {
                continue;
            }

            var digit = (ulong)Digit(character);

            if (magnitude > (limit - digit) / (ulong)radix)
            {
                return false;
            }

            magnitude = (magnitude * (ulong)radix) + digit;
        }

        number = (long)(isNegative ? -(Int128)magnitude : magnitude);
        return true;
    }
}
