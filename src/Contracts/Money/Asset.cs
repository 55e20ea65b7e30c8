using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventLedger.Contracts.Money;

/// <summary>A currency with its scale, written <c>OMR/6</c>: amounts are whole numbers of 10^-scale units.</summary>
/// <param name="Code">One to twelve characters <c>A–Z</c> and <c>0–9</c>.</param>
/// <param name="Scale">Decimal places of the smallest unit, 0 to 18.</param>
public readonly record struct Asset(string Code, int Scale)
{
    /// <summary>Micro-OMR, the asset of every envelope: 1 OMR is 1,000,000.</summary>
    public static readonly Asset MicroOmr = new("OMR", 6);

    private const int CodeLengthMax = 12;
    private const int ScaleMax = 18;

    /// <summary>Reads the written form; anything else than <c>CODE/SCALE</c> is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Asset asset)
    {
        asset = default;

        if (text?.IndexOf('/') is not (>= 1 and <= CodeLengthMax and var slash)
            || text.AsSpan(0, slash).ContainsAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var scale)
            || scale > ScaleMax)
        {
            return false;
        }

        asset = new Asset(text[..slash], scale);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Code}/{Scale}";
}
