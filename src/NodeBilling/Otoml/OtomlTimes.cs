namespace EventLedger.NodeBilling.Otoml;

/// <summary>
/// TOML's dates and times. One with an offset is an instant; a fraction past microseconds is cut off, since no event
/// keeps more.
/// </summary>
internal static class OtomlTimes
{
    /// <summary>The length of a date alone.</summary>
    public const int DateLength = 10;

    private const int FractionDigitsMax = 6;

    /// <summary>Whether <paramref name="word"/> begins as a date or time does, and as no number can.</summary>
    public static bool IsLikely(ReadOnlySpan<char> word) =>
        BeginsWithDigits(word, 4, '-') || BeginsWithDigits(word, 2, ':');

    /// <summary>The instant that <paramref name="text"/> names; null where it has no offset.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset? instant)
    {
        instant = null;
        return IsClock(text) || TryParseDate(text, out instant);
    }

    private static bool BeginsWithDigits(ReadOnlySpan<char> word, int digits, char end) =>
        word.Length > digits && word[digits] == end && !word[..digits].ContainsAnyExceptInRange('0', '9');

    private static bool IsClock(ReadOnlySpan<char> text) => TryTakeClock(ref text, out _) && text.IsEmpty;

    private static bool TryParseDate(ReadOnlySpan<char> rest, out DateTimeOffset? instant)
    {
        instant = null;

        if (!TryTakeDate(ref rest, out var date))
        {
            return false;
        }

        if (rest.IsEmpty)
        {
            return true;
        }

        if (!TrySkip(ref rest, "Tt ") || !TryTakeClock(ref rest, out var clock))
        {
            return false;
        }

        return rest.IsEmpty
            || (TryTakeOffset(ref rest, out var offset) && rest.IsEmpty && TryPlace(date + clock, offset, out instant));
    }

    private static bool TryTakeDate(ref ReadOnlySpan<char> rest, out DateTime date)
    {
        date = default;

        if (!TryTakeNumber(ref rest, 4, 1, 9999, out var year)
            || !TrySkip(ref rest, "-")
            || !TryTakeNumber(ref rest, 2, 1, 12, out var month)
            || !TrySkip(ref rest, "-")
            || !TryTakeNumber(ref rest, 2, 1, DateTime.DaysInMonth(year, month), out var day))
        {
            return false;
        }

        date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc);
        return true;
    }

    private static bool TryTakeClock(ref ReadOnlySpan<char> rest, out TimeSpan clock)
    {
        clock = default;

        if (!TryTakeNumber(ref rest, 2, 0, 23, out var hours)
            || !TrySkip(ref rest, ":")
            || !TryTakeNumber(ref rest, 2, 0, 59, out var minutes)
            || !TrySkip(ref rest, ":")
            || !TryTakeNumber(ref rest, 2, 0, 59, out var seconds))
        {
            return false;
        }

        var microseconds = 0;

        if (TrySkip(ref rest, ".") && !TryTakeFraction(ref rest, out microseconds))
        {
            return false;
        }

        clock = new TimeSpan(0, hours, minutes, seconds, milliseconds: 0, microseconds);
        return true;
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<char> rest, out int microseconds)
    {
        var digits = rest.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : rest.Length;
        microseconds = 0;

        for (var i = 0; i < FractionDigitsMax; i++)
        {
            microseconds = (microseconds * 10) + (i < digits ? rest[i] - '0' : 0);
        }

        rest = rest[digits..];
        return digits > 0;
    }

    private static bool TryTakeOffset(ref ReadOnlySpan<char> rest, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;

        if (TrySkip(ref rest, "Zz"))
        {
            return true;
        }

        var sign = rest.StartsWith("-") ? -1 : 1;

        if (!TrySkip(ref rest, "+-")
            || !TryTakeNumber(ref rest, 2, 0, 23, out var hours)
            || !TrySkip(ref rest, ":")
            || !TryTakeNumber(ref rest, 2, 0, 59, out var minutes))
        {
            return false;
        }

        offset = new TimeSpan(hours, minutes, 0) * sign;
        return true;
    }

    // An offset may lead out of the years 1 to 9999.
    private static bool TryPlace(DateTime local, TimeSpan offset, out DateTimeOffset? instant)
    {
        var ticks = local.Ticks - offset.Ticks;
        var fits = ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks;
        instant = fits ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        return fits;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<char> rest, int digits, int min, int max, out int number)
    {
        number = 0;

        if (rest.Length < digits || rest[..digits].ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        number = int.Parse(rest[..digits]);
        rest = rest[digits..];
        return number >= min && number <= max;
    }

    private static bool TrySkip(ref ReadOnlySpan<char> rest, string anyOf)
    {
        if (rest.IsEmpty || !anyOf.Contains(rest[0]))
        {
            return false;
        }

        rest = rest[1..];
        return true;
    }
}
