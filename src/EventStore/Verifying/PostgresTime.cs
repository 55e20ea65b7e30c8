namespace EventLedger.EventStore.Verifying;

/// <summary>Times as PostgreSQL sends them: microseconds since 2000.</summary>
internal static class PostgresTime
{
    private const long EpochUs = 946_684_800_000_000;

    /// <summary>Microseconds since 1970. The database's infinities become some time that no block has.</summary>
    public static long ToUnix(long microseconds) => unchecked(microseconds + EpochUs);
}
