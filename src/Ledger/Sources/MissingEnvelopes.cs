using EventLedger.Projections.Sources;
using Npgsql;

namespace EventLedger.Ledger.Sources;

/// <summary>
/// Finds envelopes that a producer has counted and that never came. What waits, what could not be booked, and what had
/// been booked before did come.
/// </summary>
/// <param name="database">The ledger's database.</param>
/// <param name="time">The clock.</param>
internal sealed class MissingEnvelopes(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Gaps that are read at most, the oldest first.</summary>
    public const int GapsMax = 1000;

    /// <summary>
    /// How long an envelope may be on its way before it is missing: they may come out of order.
    /// </summary>
    public static readonly TimeSpan MissedAfter = TimeSpan.FromMinutes(1);

    // Taken off an epoch at a time: gap by gap, each would go through all that is kept.
    private const string PiecesSql = """
        with kept as (
            select source, epoch, range_agg(sequences) as sequences
            from (select source, epoch, int8multirange(int8range(sequence, sequence, '[]')) as sequences
                from (select source, epoch, sequence from waiting where sequence is not null
                    union all
                    select source, epoch, sequence from dead_letter_fates
                    where sequence is not null and event_id is null
                ) as message
                union all
                select source, epoch, sequences from source_repeats) as came
            group by source, epoch),
        missed as (
            select source, epoch, range_agg(int8range(first, last, '[]')) as sequences
            from source_gaps where found_at <= $1 group by source, epoch),
        missing as (
            select source, epoch, lower(piece) as first, upper(piece) - 1 as last
            from missed left join kept using (source, epoch)
            cross join lateral unnest(missed.sequences - coalesce(kept.sequences, int8multirange())) as piece)
        """;

    private const string FindSql = $"""
        {PiecesSql}
        select source, epoch, missing.first, missing.last, gap.found_at
        from missing cross join lateral (
            select found_at from source_gaps as g
            where g.source = missing.source and g.epoch = missing.epoch and g.first <= missing.first
            order by g.first desc limit 1) as gap
        order by found_at, source, epoch, missing.first limit $2
        """;

    // Many absurd gaps may add up to more than 64 bits hold.
    private const string CountSql = $"""
        {PiecesSql}
        select least(coalesce(sum(last - first + 1), 0), 9223372036854775807)::bigint,
            (select count(*) from source_sequences where is_sparse)
        from missing
        """;

    /// <summary>What is missing, the oldest first, in as few pieces as there are.</summary>
    public async Task<List<SourceGap>> FindAsync(CancellationToken cancellation)
    {
        var gaps = new List<SourceGap>();
        await using var command = Command(FindSql);
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

    /// <summary>How many are missing, and how many epochs are sparse, of which nobody can tell.</summary>
    public async Task<(long Missing, long Sparse)> CountAsync(CancellationToken cancellation)
    {
        await using var command = Command(CountSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private NpgsqlCommand Command(string sql)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = (time.GetUtcNow() - MissedAfter).ToUniversalTime() });
        return command;
    }
}
