using System.Runtime.CompilerServices;
using EventLedger.Contracts.Reports;
using EventLedger.Projections.Sources;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Ledger.Sources;

/// <summary>Which hours are asked for.</summary>
/// <param name="From">The first one.</param>
/// <param name="To">The one after the last; null for no end.</param>
/// <param name="Source">The producer; null for all.</param>
internal sealed record HourFilter(DateTimeOffset From, DateTimeOffset? To = null, string? Source = null);

/// <summary>What became of producers' envelopes by hour, all of it at one moment.</summary>
internal static class Conservation
{
    /// <summary>What is unsettled where the broker doesn't say: all there ever was.</summary>
    public static readonly DateTimeOffset AllUnsettled = DateTimeOffset.UnixEpoch;

    /// <summary>How far back is shown where nobody says from when.</summary>
    public static readonly TimeSpan Shown = TimeSpan.FromHours(24);

    /// <summary>How long a producer must have said the same before its figures are compared.</summary>
    public static readonly TimeSpan SettledAfter = MissingEnvelopes.MissedAfter;

    // Asked of each table by itself: the joins would read all hours there ever were.
    private const string IsAskedFor = "hour >= $1 and ($2 is null or hour < $2) and ($3 is null or source = $3)";

    // Events that are not rolled up yet are counted here. An hour that was told of after the oldest envelope of the
    // stream may have its own there. Of an epoch that is sparse nobody knows which sequences are copies.
    private const string ReadSql = $"""
        with recent as materialized (
            select data ->> 'source' as source, data ->> 'epoch' as epoch, (data ->> 'sequence')::bigint as sequence,
                date_trunc('hour', coalesce((data ->> 'completed_at')::timestamptz, timestamp), 'UTC') as hour
            from mt_events where type = 'usage_recorded'
                and seq_id > (select last_seq_id from mt_event_progression where name = $5)),
        seen as (
            select source, epoch, range_agg(seen) as seen, bool_or(is_sparse) as is_sparse
            from (select source, epoch, seen, is_sparse from source_sequences
                union all
                select source, epoch, int8multirange(int8range(sequence, sequence, '[]')), false from recent
                where sequence is not null) as each
            group by source, epoch),
        booked as (
            select source, hour, sum(booked) as booked
            from (select source, hour, booked from source_hours
                union all
                select source, hour, 1 from recent where source is not null) as each
            where {IsAskedFor} group by source, hour),
        kept as (
            select source, epoch, sequence, coalesce(hour, date_trunc('hour', published_at, 'UTC')) as hour,
                true as waits
            from waiting where sequence is not null
            union all
            select source, epoch, sequence, coalesce(hour, date_trunc('hour', published_at, 'UTC')), false
            from dead_letters as letter where sequence is not null and not exists (
                select from dead_letter_settlements where dead_letter = letter.id and event_id is not null)),
        held as (
            select source, hour, count(distinct (epoch, sequence)) filter (where waits) as waiting,
                count(distinct (epoch, sequence)) filter (where not waits) as dead_letters
            from kept
            where {IsAskedFor} and not exists (select from seen as s where s.source = kept.source
                and s.epoch = kept.epoch and s.seen @> kept.sequence and not s.is_sparse)
            group by source, hour),
        repeated as (
            select r.source, r.hour, range_agg(r.sequences) - coalesce(s.seen, int8multirange()) as sequences
            from (select * from source_repeats where {IsAskedFor}) as r left join seen as s using (source, epoch)
            group by r.source, r.epoch, r.hour, s.seen),
        again as (
            select source, hour, sum(upper(piece) - lower(piece)) as duplicates
            from repeated cross join lateral unnest(sequences) as piece group by source, hour),
        said as (
            select source, hour, sum(observed) as observed, sum(published) as published, sum(spooled) as spooled,
                sum(refused) as refused, sum(lost) as lost, max(changed_at) as changed_at
            from source_reports where {IsAskedFor} group by source, hour),
        sparse as (select source, max(last_at) as last_at from source_sequences where is_sparse group by source)
        select source, hour, observed::bigint, published::bigint, spooled::bigint, refused::bigint, lost::bigint,
            coalesce(changed_at < least(now() - $4, $6), false), coalesce(sparse.last_at >= hour, false),
            coalesce(booked, 0)::bigint, coalesce(duplicates, 0)::bigint, coalesce(waiting, 0),
            coalesce(dead_letters, 0)
        from said full join booked using (source, hour) full join held using (source, hour)
            full join again using (source, hour) left join sparse using (source)
        order by hour desc, source
        """;

    /// <summary>Reads the figures, the latest first.</summary>
    /// <param name="database">Where.</param>
    /// <param name="filter">Which hours.</param>
    /// <param name="unsettledSince">
    /// When the stream took the oldest envelope that nobody has settled; null for none.
    /// </param>
    /// <param name="cancellation">Ends it early.</param>
    public static async IAsyncEnumerable<HourAccount> ReadAsync(
        NpgsqlDataSource database, HourFilter filter, DateTimeOffset? unsettledSince,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new() { Value = filter.From.ToUniversalTime() });
        command.Parameters.Add(Optional(filter.To?.ToUniversalTime(), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Optional(filter.Source, NpgsqlDbType.Text));
        command.Parameters.Add(new() { Value = SettledAfter });
        command.Parameters.Add(new() { Value = new SourceRollup(database).Name });
        command.Parameters.Add(Optional(unsettledSince?.ToUniversalTime(), NpgsqlDbType.TimestampTz));
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            yield return Read(reader);
        }
    }

    private static HourAccount Read(NpgsqlDataReader row)
    {
        var hour = row.GetFieldValue<DateTimeOffset>(1);
        var reported = row.IsDBNull(2)
            ? null
            : new HourFigures(
                hour, row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6));
        return new(
            row.GetString(0), hour, reported, row.GetBoolean(7), row.GetBoolean(8), row.GetInt64(9), row.GetInt64(10),
            row.GetInt64(11), row.GetInt64(12));
    }

    private static NpgsqlParameter Optional(object? value, NpgsqlDbType type) =>
        new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
