using Npgsql;

namespace EventLedger.Ledger.Status;

/// <summary>
/// What became of all that a producer counted: published = booked + duplicates + waiting + dead letters + unaccounted.
/// A second copy of an envelope has the sequence of the first one, and counts once on both sides.
/// </summary>
/// <param name="Source">The producer.</param>
/// <param name="Epochs">Its lives.</param>
/// <param name="Published">The highest sequence of each, added up.</param>
/// <param name="Booked">Those that events have.</param>
/// <param name="Duplicates">Those that said the same as another one, which was booked.</param>
/// <param name="Waiting">Those that wait for their customer's account.</param>
/// <param name="DeadLetters">Those that could not be booked.</param>
/// <param name="IsSparse">Whether it doesn't count without gaps, so that nothing can be told.</param>
internal sealed record SourceAccount(
    string Source, long Epochs, long Published, long Booked, long Duplicates, long Waiting, long DeadLetters,
    bool IsSparse)
{
    /// <summary>Producers that are shown at most, those last heard of first.</summary>
    public const int SourcesMax = 1000;

    // Absurd sequences may add up to more than 64 bits hold.
    private const string ReadSql = """
        with kept as (
            select source, epoch, sequence, true as waits from waiting where sequence is not null
            union all
            select source, epoch, sequence, false from dead_letter_fates
            where sequence is not null and event_id is null),
        repeated as (
            select r.source, r.epoch, range_agg(r.sequences) - coalesce(s.seen, int8multirange()) as sequences
            from source_repeats as r left join source_sequences as s using (source, epoch)
            group by r.source, r.epoch, s.seen),
        again as (
            select source, epoch, upper(sequences) - 1 as last,
                (select sum(upper(piece) - lower(piece)) from unnest(sequences) as piece) as duplicates
            from repeated where not isempty(sequences)),
        held as (
            select source, epoch, count(distinct sequence) filter (where waits) as waiting,
                count(distinct sequence) filter (where not waits) as dead_letters, max(sequence) as last
            from kept
            where not exists (select from source_sequences as s
                where s.source = kept.source and s.epoch = kept.epoch and s.seen @> kept.sequence)
            group by source, epoch),
        counted as (
            select source, epoch, upper(seen) - 1 as last, last_at, is_sparse,
                (select sum(upper(piece) - lower(piece)) from unnest(seen) as piece) as booked
            from source_sequences),
        account as (
            select source, count(*) as epochs, sum(greatest(counted.last, held.last, again.last)) as published,
                sum(coalesce(booked, 0)) as booked, sum(coalesce(duplicates, 0)) as duplicates,
                sum(coalesce(waiting, 0)) as waiting,
                sum(coalesce(dead_letters, 0)) as dead_letters, coalesce(bool_or(is_sparse), false) as is_sparse,
                max(last_at) as last_at
            from counted full join held using (source, epoch) full join again using (source, epoch)
            group by source order by max(last_at) desc nulls last, source limit $1)
        select source, epochs, least(published, 9223372036854775807)::bigint,
            least(booked, 9223372036854775807)::bigint, duplicates::bigint, waiting::bigint, dead_letters::bigint,
            is_sparse
        from account order by source
        """;

    /// <summary>Those that are on their way, or missing.</summary>
    public long Unaccounted => Published - Booked - Duplicates - Waiting - DeadLetters;

    /// <summary>Reads the accounts of all producers.</summary>
    public static async Task<List<SourceAccount>> ReadAsync(
        NpgsqlDataSource database, CancellationToken cancellation)
    {
        var accounts = new List<SourceAccount>();
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new() { Value = SourcesMax });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            accounts.Add(new(
                reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
                reader.GetInt64(5), reader.GetInt64(6), reader.GetBoolean(7)));
        }

        return accounts;
    }

    /// <summary>What there is to say of it.</summary>
    public StatusLine Describe() => IsSparse
        ? StatusLine.Unknown($"source {Source}", "it doesn't count without gaps")
        : StatusLine.Of(
            $"source {Source}", Unaccounted,
            $"published {Published} = booked {Booked} + duplicates {Duplicates} + waiting {Waiting} "
            + $"+ dead letters {DeadLetters} + unaccounted {Unaccounted}");
}
