using EventLedger.Ledger.Booking;
using Npgsql;

namespace EventLedger.Ledger.Intake;

/// <summary>What can't become an event, kept as it came.</summary>
/// <param name="Id">Its number; later ones are higher.</param>
/// <param name="ReceivedAt">When the ledger gave up on it.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Body">Its bytes.</param>
public sealed record DeadLetter(long Id, DateTimeOffset ReceivedAt, string Reason, byte[] Body);

/// <summary>The table of dead letters.</summary>
internal static class DeadLetterTable
{
    private const string AddSql = """
        insert into dead_letters (reason, body, published_at, stream_sequence)
        select * from unnest($1, $2, $3, $4) on conflict (published_at, stream_sequence) do nothing
        """;

    private const string PageSql = """
        select id, received_at, reason, body from dead_letters where id > $1 order by id limit $2
        """;

    /// <summary>Keeps them, each message once; comes before positions are drawn, as it may wait for a twin.</summary>
    public static async Task AddAsync(
        IReadOnlyCollection<Submission> submissions, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (submissions.Count == 0)
        {
            return;
        }

        // In one order for every writer, so that two that hold the same messages don't wait for each other.
        var ordered = submissions.OrderBy(submission => submission.Origin!.Value.StreamSequence).ToArray();
        await using var command = new NpgsqlCommand(AddSql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(ordered, submission => submission.DeadLetterReason!) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.Body.ToArray()) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.PublishedAt) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.StreamSequence) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// The dead letters after <paramref name="afterId"/>, oldest first, at most <paramref name="countMax"/>.
    /// </summary>
    public static async Task<List<DeadLetter>> ReadAsync(
        NpgsqlDataSource database, long afterId, int countMax, CancellationToken cancellation)
    {
        var letters = new List<DeadLetter>();
        await using var command = database.CreateCommand(PageSql);
        command.Parameters.Add(new() { Value = afterId });
        command.Parameters.Add(new() { Value = countMax });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            letters.Add(new(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2),
                reader.GetFieldValue<byte[]>(3)));
        }

        return letters;
    }
}
