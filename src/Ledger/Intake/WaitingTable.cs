using EventLedger.Ledger.Booking;
using Npgsql;

namespace EventLedger.Ledger.Intake;

/// <summary>Envelopes whose customer nobody knows yet.</summary>
internal static class WaitingTable
{
    /// <summary>How long an envelope waits before it is tried again; doubled each time, up to an hour.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);

    private const string AddSql = """
        insert into waiting
            (published_at, stream_sequence, customer_id, body, source, epoch, sequence, hour, next_attempt_at)
        select w.*, now() + $9 from unnest($1, $2, $3, $4, $5, $6, $7, $8) as w
        on conflict (published_at, stream_sequence) do nothing
        """;

    private const string RemoveSql = """
        delete from waiting as w using unnest($1, $2) as placed (published_at, stream_sequence)
        where w.published_at = placed.published_at and w.stream_sequence = placed.stream_sequence
        """;

    private const string ReleaseSql = "update waiting set next_attempt_at = now() where customer_id = any($1)";

    private const string TakeSql = """
        update waiting as w
        set attempts = w.attempts + 1,
            next_attempt_at = now() + least($2 * power(2, least(w.attempts + 1, 20)), interval '1 hour')
        from (select published_at, stream_sequence from waiting where next_attempt_at <= now()
            order by next_attempt_at limit $1 for update skip locked) as due
        where w.published_at = due.published_at and w.stream_sequence = due.stream_sequence
        returning w.published_at, w.stream_sequence, w.body, w.received_at,
            exists (select from mt_streams s where s.id = w.customer_id)
        """;

    /// <summary>Keeps them, each message once.</summary>
    public static async Task AddAsync(
        IReadOnlyCollection<Submission> submissions, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (submissions.Count == 0)
        {
            return;
        }

        var ordered = InOrder(submissions);
        var origins = Array.ConvertAll(ordered, BodyOrigin.Find);
        await using var command = new NpgsqlCommand(AddSql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.PublishedAt) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.StreamSequence) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Envelope!.CustomerId) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.Body.ToArray()) },
                new() { Value = Array.ConvertAll(origins, origin => origin?.Source) },
                new() { Value = Array.ConvertAll(origins, origin => origin?.Epoch) },
                new() { Value = Array.ConvertAll(origins, origin => origin?.Sequence) },
                new() { Value = Array.ConvertAll(origins, origin => origin?.Hour) },
                new() { Value = FirstDelay },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Removes what has found its place.</summary>
    public static async Task RemoveAsync(
        IReadOnlyCollection<Submission> placed, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (placed.Count == 0)
        {
            return;
        }

        var ordered = InOrder(placed);
        await using var command = new NpgsqlCommand(RemoveSql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.PublishedAt) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.StreamSequence) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Makes the envelopes of customers that were just opened due at once.</summary>
    public static async Task ReleaseAsync(
        IReadOnlyCollection<string> customerIds, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (customerIds.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(ReleaseSql, connection)
        {
            Parameters = { new() { Value = customerIds.ToArray() } },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// Takes up to <paramref name="countMax"/> envelopes that are due, and puts each one's next attempt off.
    /// </summary>
    public static async Task<List<Due>> TakeAsync(
        NpgsqlDataSource database, int countMax, CancellationToken cancellation)
    {
        var taken = new List<Due>();
        await using var command = database.CreateCommand(TakeSql);
        command.Parameters.Add(new() { Value = countMax });
        command.Parameters.Add(new() { Value = FirstDelay });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            taken.Add(new(
                new(reader.GetFieldValue<DateTimeOffset>(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetBoolean(4)));
        }

        return taken;
    }

    private static Submission[] InOrder(IEnumerable<Submission> submissions) =>
        [.. submissions.OrderBy(submission => submission.Origin!.Value.StreamSequence)];

    /// <summary>An envelope that is due.</summary>
    /// <param name="Origin">The message it came in.</param>
    /// <param name="ReceivedAt">Since when it waits.</param>
    /// <param name="CustomerIsKnown">Whether its customer has an account by now.</param>
    internal readonly record struct Due(MessageOrigin Origin, DateTimeOffset ReceivedAt, bool CustomerIsKnown);
}
