using EventLedger.Projections.Rolling;
using Npgsql;

namespace EventLedger.Projections.Sources;

/// <summary>Follows what each producer's epochs have counted, and finds what is missing between.</summary>
/// <param name="database">The ledger's database.</param>
public sealed class SourceRollup(NpgsqlDataSource database) : Rollup(database, "source_sequences", LockKey)
{
    /// <summary>
    /// Pieces of one epoch, beyond which it is taken for a producer that doesn't count without gaps; what is missing
    /// from it is no longer looked for.
    /// </summary>
    public const int PiecesMax = 10_000;

    private const long LockKey = 7000000000000000015;

    // A gap that shrinks keeps the time at which the first of it was missed.
    private static readonly string TakeSql = $"""
        with came as (
            select source, epoch, range_agg(int8range(sequence, sequence, '[]')) as seen, max(timestamp) as last_at
            from (select data ->> 'source' as source, data ->> 'epoch' as epoch,
                    (data ->> 'sequence')::bigint as sequence, timestamp
                from mt_events where seq_id > $1 and seq_id <= $2 and type = 'usage_recorded' offset 0) as usage
            where source is not null and epoch is not null and sequence > 0 and sequence < {long.MaxValue}
            group by source, epoch),
        known as (
            insert into source_sequences as s (source, epoch, seen, last_at) select * from came
            on conflict (source, epoch) do update set
                seen = case when s.is_sparse then range_merge(s.seen + excluded.seen)::int8multirange
                    else s.seen + excluded.seen end,
                last_at = greatest(s.last_at, excluded.last_at),
                is_sparse = s.is_sparse
                    or (select count(*) from unnest(s.seen + excluded.seen)) > {PiecesMax}
            returning source, epoch, seen, is_sparse),
        gap as (
            select source, epoch, lower(missing) as first, upper(missing) - 1 as last
            from known, unnest(int8multirange(int8range(1, upper(seen))) - seen) as missing where not is_sparse),
        closed as (
            delete from source_gaps as g using known
            where g.source = known.source and g.epoch = known.epoch and not exists (select from gap
                where gap.source = g.source and gap.epoch = g.epoch and gap.first = g.first and gap.last = g.last))
        insert into source_gaps (source, epoch, first, last, found_at)
        select source, epoch, first, last, coalesce(
            (select min(found_at) from source_gaps g where g.source = gap.source and g.epoch = gap.epoch
                and g.first <= gap.first and g.last >= gap.last), transaction_timestamp())
        from gap on conflict do nothing
        """;

    /// <inheritdoc/>
    protected override IEnumerable<NpgsqlBatchCommand> Take(long after, long last) =>
        [new(TakeSql) { Parameters = { new() { Value = after }, new() { Value = last } } }];
}
