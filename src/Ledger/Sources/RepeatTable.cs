using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;
using EventLedger.Ledger.Intake;
using Npgsql;

namespace EventLedger.Ledger.Sources;

/// <summary>Which of the envelopes that producers have numbered were booked before when they came.</summary>
internal static class RepeatTable
{
    // What is delivered again has its sequence in its event: it is no envelope of its own, and need not be kept.
    private const string AddSql = """
        insert into source_repeats (source, epoch, hour, sequences)
        select came.*
        from (select source, epoch, hour, range_agg(int8range(sequence, sequence, '[]')) as sequences
            from unnest($1, $2, $3, $4) as envelope (source, epoch, hour, sequence)
            group by source, epoch, hour) as came
        where not exists (select from source_sequences as s
                where s.source = came.source and s.epoch = came.epoch and s.seen @> came.sequences)
            and not exists (select from source_repeats as r
                where r.source = came.source and r.epoch = came.epoch and r.hour = came.hour
                    and r.sequences @> came.sequences)
        """;

    /// <summary>Keeps the sequences of those that came through the broker and have one, a row for each hour.</summary>
    public static async Task AddAsync(
        IEnumerable<Submission> repeated, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var repeats = repeated.Where(IsCounted).ToArray();

        if (repeats.Length == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(AddSql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(repeats, repeat => repeat.Envelope!.Source) },
                new() { Value = Array.ConvertAll(repeats, repeat => repeat.Envelope!.Epoch) },
                new() { Value = Array.ConvertAll(repeats, HourOf) },
                new() { Value = Array.ConvertAll(repeats, repeat => repeat.Envelope!.Sequence!.Value) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static bool IsCounted(Submission repeat) => repeat is
    {
        Origin: not null,
        Envelope: { Source: { } source, Epoch: { } epoch, Sequence: >= 1 },
    } && BodyOrigin.IsFollowed(source) && BodyOrigin.IsFollowed(epoch);

    private static DateTimeOffset HourOf(Submission repeat) =>
        UsageHour.Of(repeat.Envelope!.CompletedAt ?? repeat.Origin!.Value.PublishedAt);
}
