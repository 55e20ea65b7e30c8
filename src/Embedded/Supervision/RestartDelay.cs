namespace EventLedger.Embedded.Supervision;

/// <summary>How long a service stays down before it is started again.</summary>
internal static class RestartDelay
{
    /// <summary>After the first death.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>However often it died.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>A service that ran for this long has recovered: its next death is a first one.</summary>
    public static readonly TimeSpan RecoveredAfter = TimeSpan.FromMinutes(1);

    /// <summary>Deaths in a row, this one included, of a service that has run for so long.</summary>
    public static int DeathsInRow(int before, TimeSpan ran) => ran < RecoveredAfter ? before + 1 : 1;

    /// <summary>Doubles with every death in a row.</summary>
    public static TimeSpan After(int deathsInRow)
    {
        var delay = First;

        for (var death = 1; death < deathsInRow && delay < Longest; death++)
        {
            delay *= 2;
        }

        return delay < Longest ? delay : Longest;
    }
}
