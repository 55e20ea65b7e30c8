using Npgsql;

namespace EventLedger.Projections.Sources;

/// <summary>Reads what <see cref="SourceRollup"/> has found.</summary>
/// <param name="database">The ledger's database.</param>
public sealed class SourceQueries(NpgsqlDataSource database)
{
    /// <summary>Gaps that are read at most, the oldest first.</summary>
    public const int GapsMax = 1000;

    private const string GapsSql = """
        select source, epoch, first, last, found_at from source_gaps where found_at <= $1
        order by found_at, source, epoch, first limit $2
        """;

    /// <summary>
    /// Gaps that were found before a time: what is missing for a moment only is on its way, since envelopes may come
    /// out of order.
    /// </summary>
    public async Task<List<SourceGap>> ReadGapsAsync(DateTimeOffset foundBefore, CancellationToken cancellation)
    {
        var gaps = new List<SourceGap>();
        await using var command = database.CreateCommand(GapsSql);
        command.Parameters.Add(new() { Value = foundBefore.ToUniversalTime() });
        command.Parameters.Add(new() { Value = GapsMax });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            gaps.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3),
                reader.GetFieldValue<DateTimeOffset>(4)));
        }

        return gaps;
    }
}
