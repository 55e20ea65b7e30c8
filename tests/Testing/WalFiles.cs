using Npgsql;

namespace EventLedger.Testing;

/// <summary>The write-ahead log of a cluster that has been running.</summary>
public static class WalFiles
{
    private const int TotalMiB = 7 * 1024;
    private const int MessageMiB = 64;

    /// <summary>
    /// Writes as much as the shipped settings keep. A cluster that has run uses its files again; a fresh one makes
    /// each of them anew inside of somebody's commit, which is not what a measurement of commits is about.
    /// </summary>
    public static async Task FillAsync(NpgsqlDataSource database)
    {
        await using var fill = database.CreateCommand($"""
            select max(pg_logical_emit_message(false, 'fill', repeat('x', {MessageMiB << 20}))::text)
            from generate_series(1, {TotalMiB / MessageMiB})
            """);
        fill.CommandTimeout = 0;
        await fill.ExecuteNonQueryAsync();
        await using var checkpoint = database.CreateCommand("checkpoint");
        checkpoint.CommandTimeout = 0;
        await checkpoint.ExecuteNonQueryAsync();
    }
}
