using System.Globalization;

namespace EventLedger.Proxy.Usage;

/// <summary>Reads a count of tokens. Nothing is rounded: a count that isn't whole is no count.</summary>
internal static class TokenNumber
{
    /// <summary>False with the reason; <c>15.0</c> and <c>2e3</c> are whole numbers too.</summary>
    public static bool TryParse(ReadOnlySpan<byte> number, out long count, out UnmeteredReason problem)
    {
        count = 0;

        if (!decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            problem = IsDigits(number) ? UnmeteredReason.Overflow : UnmeteredReason.MalformedUsage;
            return false;
        }

        problem = value switch
        {
            < 0 => UnmeteredReason.MalformedUsage,
            > long.MaxValue => UnmeteredReason.Overflow,
            _ when value != decimal.Truncate(value) => UnmeteredReason.MalformedUsage,
            _ => UnmeteredReason.None,
        };

        if (problem is not UnmeteredReason.None)
        {
            return false;
        }

        count = (long)value;
        return true;
    }

    private static bool IsDigits(ReadOnlySpan<byte> number) =>
        !number.IsEmpty && !number.ContainsAnyExcept("0123456789"u8);
}
