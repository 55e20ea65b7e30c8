using EventLedger.Contracts.Envelopes;
using EventLedger.Projections.Rolling;
using Npgsql;

namespace EventLedger.Projections.Sources;

/// <summary>
/// Follows what each producer's epochs have counted, finds what is missing between, and counts what was booked by hour.
/// </summary>
/// <param name="database">The ledger's database.</param>
public sealed class SourceRollup(NpgsqlDataSource database) : Rollup(database, "source_sequences", LockKey)
{
    /// <summary>
    /// Pieces of one epoch, beyond which it is taken for a producer that doesn't count without gaps (sparse); what is
    /// missing from it is no longer looked for.
    /// </summary>
    public const int PiecesMax = 10_000;

    /// <summary>The longest names that are followed, in bytes: both fit one row of an index.</summary>
    public const int NameBytesMax = 1000;

    private const long LockKey = 7000000000000000015;

    // Gaps change only where something came, and beyond what had been reached: the others are left alone, however many.
    // One that shrinks keeps the time at which the first of it was missed. Of an epoch that is sparse, the gaps that
    // were known before stay, and may still be filled. Each part reads the tables as they were before.
    private static readonly string TakeSql = $"""
        with usage as (
            select source, epoch, date_trunc('hour', coalesce(completed_at::timestamptz, timestamp), 'UTC') as hour,
                count(*) as booked, max(timestamp) as last_at, range_agg(int8range(sequence, sequence, '[]')) filter (
                    where sequence between 1 and {EnvelopeReader.SequenceMax}
                        and octet_length(epoch) <= {NameBytesMax}) as seen
            from (select data ->> 'source' as source, data ->> 'epoch' as epoch,
                    (data ->> 'sequence')::bigint as sequence, data ->> 'completed_at' as completed_at, timestamp
                from mt_events where seq_id > $1 and seq_id <= $2 and type = 'usage_recorded' offset 0) as event
            where octet_length(source) <= {NameBytesMax}
            group by source, epoch, hour),
        hours as (
            insert into source_hours as h (source, hour, booked)
            select source, hour, sum(booked)::bigint from usage group by source, hour
            on conflict (source, hour) do update set booked = h.booked + excluded.booked),
        came as (
            select source, epoch, range_agg(seen) as seen, max(last_at) as last_at
            from usage where seen is not null group by source, epoch),
        known as (
            insert into source_sequences as s (source, epoch, seen, last_at, is_sparse)
            select source, epoch, case when is_sparse then range_merge(seen)::int8multirange else seen end, last_at,
                is_sparse
            from came cross join lateral (
                select (select count(*) from unnest(seen)) > {PiecesMax} as is_sparse) as counted
            on conflict (source, epoch) do update set
                seen = case when s.is_sparse or excluded.is_sparse
                    then range_merge(s.seen + excluded.seen)::int8multirange else s.seen + excluded.seen end,
                last_at = greatest(s.last_at, excluded.last_at),
                is_sparse = s.is_sparse or excluded.is_sparse
                    or (select count(*) from unnest(s.seen + excluded.seen)) > {PiecesMax}
            returning source, epoch, seen, is_sparse),
        gone as (
            delete from source_gaps as g using came
            where g.source = came.source and g.epoch = came.epoch and came.seen && int8range(g.first, g.last, '[]')
            returning g.source, g.epoch, g.first, g.last),
        rest as (
            select source, epoch, lower(piece) as first, upper(piece) - 1 as last
            from (select source, epoch, range_agg(int8range(first, last, '[]')) as missing
                from gone group by source, epoch) as gaps
            join came using (source, epoch) cross join lateral unnest(missing - seen) as piece),
        beyond as (
            select known.source, known.epoch, lower(piece) as first, upper(piece) - 1 as last
            from known join came using (source, epoch) left join source_sequences as before using (source, epoch)
            cross join lateral (select coalesce(upper(before.seen), 1) as reached) as start
            cross join lateral unnest(
                int8multirange(int8range(reached, greatest(reached, upper(known.seen)))) - came.seen) as piece
            where not known.is_sparse)
        insert into source_gaps (source, epoch, first, last, found_at)
        select rest.source, rest.epoch, rest.first, rest.last, old.found_at
        from rest cross join lateral (
            select found_at from source_gaps as g
            where g.source = rest.source and g.epoch = rest.epoch and g.first <= rest.first
            order by g.first desc limit 1) as old
        union all
        select source, epoch, first, last, transaction_timestamp() from beyond
        on conflict do nothing
        """;

    // Copies of envelopes whose events were not taken in yet when the copies came.
    private const string ForgetCopiesSql = """
        delete from source_repeats as r using source_sequences as s
        where s.source = r.source and s.epoch = r.epoch and s.seen @> r.sequences
        """;

    /// <inheritdoc/>
    protected override IEnumerable<NpgsqlBatchCommand> Take(long after, long last) =>
    [
        new(TakeSql) { Parameters = { new() { Value = after }, new() { Value = last } } },
        new(ForgetCopiesSql),
    ];
}
