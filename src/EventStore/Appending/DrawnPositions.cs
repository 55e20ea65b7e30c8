namespace EventLedger.EventStore.Appending;

/// <summary>
/// The positions that an append has drawn. Its transaction keeps them as settings, so that statements in the same
/// message go on from them and nobody waits for them to be told to the client and back.
/// </summary>
public static class DrawnPositions
{
    /// <summary>The first position, in SQL.</summary>
    public const string FirstSql = "current_setting('eventledger.first')::bigint";

    /// <summary>The block's time, in SQL.</summary>
    internal const string TimeSql = $"'epoch'::timestamptz + {TimeUsSql} * interval '1 microsecond'";

    private const string TimeUsSql = "current_setting('eventledger.time_us')::bigint";

    private const string DrawSql = """
        select first, time_us,
            set_config('eventledger.first', first::text, true), set_config('eventledger.time_us', time_us::text, true)
        from reserve_positions($1)
        """;

    private const string SealSql = $"""
        select seal_block(
            current_setting('eventledger.ticket')::bigint, {FirstSql}, $1, {TimeUsSql}, $2)
        """;

    /// <summary>Draws so many, for events that are written next.</summary>
    internal static AppendStatement Draw(int positions, Action<WrittenEvents> drawn) => new(
        DrawSql,
        row => drawn(new(row.GetInt64(0), DateTimeOffset.UnixEpoch.AddMicroseconds(row.GetInt64(1)))),
        [(long)positions]);

    /// <summary>Links the events there to the chain.</summary>
    internal static AppendStatement Seal(EventBatch events) =>
        new(SealSql, takeRow: _ => { }, [(long)events.Count, events.Root]);
}
