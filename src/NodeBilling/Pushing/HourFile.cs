using System.Globalization;
using System.Text.RegularExpressions;

namespace EventLedger.NodeBilling.Pushing;

/// <summary>
/// The names of a node's files: <c>usage_2026-11-21-17.otoml</c> has an hour, and <c>usage_2026-11-21-17.2.otoml</c>
/// goes on where that one is full.
/// </summary>
public static partial class HourFile
{
    /// <summary>The most files of one hour.</summary>
    public const int PartsMax = 100;

    private const int MatchLimitMs = 1000;

    /// <summary>The hour that a time belongs to, UTC.</summary>
    public static DateTimeOffset HourOf(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    /// <summary>The path of an hour's file.</summary>
    /// <param name="node">The node.</param>
    /// <param name="hour">The hour, UTC.</param>
    /// <param name="part">Which of the hour's files, from 1.</param>
    public static string PathOf(string node, DateTimeOffset hour, int part)
    {
        var text = hour.UtcDateTime.ToString("yyyy-MM-dd-HH", CultureInfo.InvariantCulture);
        return $"{NodeFolder.Parent}/{NodeFolder.NameOf(node)}/usage_{text}{(part == 1 ? "" : $".{part}")}.otoml";
    }

    /// <summary>Whether a file of that name is one of them.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    [GeneratedRegex(
        @"\Ausage_[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2}(\.[0-9]{1,4})?\.otoml\z", RegexOptions.ExplicitCapture,
        MatchLimitMs)]
    private static partial Regex Name();
}
