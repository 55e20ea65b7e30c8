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

    // A gap that shrinks keeps the time at which the first of it was missed. Of an epoch that is sparse, the gaps that
    // were known before stay, and may still be filled.
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
        had as (
            select source, epoch, range_agg(int8range(first, last, '[]')) as missing
            from source_gaps join came using (source, epoch) group by source, epoch),
        gap as (
            select source, epoch, lower(piece) as first, upper(piece) - 1 as last
            from known join came using (source, epoch) left join had using (source, epoch)
            cross join lateral unnest(case when is_sparse then coalesce(had.missing, int8multirange()) - came.seen
                else int8multirange(int8range(1, upper(known.seen))) - known.seen end) as piece),
        closed as (
            delete from source_gaps as g using known
            where g.source = known.source and g.epoch = known.epoch and not exists (select from gap
                where gap.source = g.source and gap.epoch = g.epoch and gap.first = g.first and gap.last = g.last))
        insert into source_gaps (source, epoch, first, last, found_at)
        select gap.source, gap.epoch, gap.first, gap.last, coalesce(old.found_at, transaction_timestamp())
        from gap left join lateral (
            select last, found_at from source_gaps as g
            where g.source = gap.source and g.epoch = gap.epoch and g.first <= gap.first
            order by g.first desc limit 1) as old on old.last >= gap.last
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
