using EventLedger.Ledger.Booking;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Ledger.Intake;

/// <summary>The table of dead letters, and the one of what was made of them.</summary>
internal static class DeadLetterTable
{
    /// <summary>Bytes of bodies that end a page.</summary>
    public const int PageBytesMax = 4 * 1024 * 1024;

    private const string Columns = """
        id, received_at, reason, body, published_at, stream_sequence, source, status, settled_at, settled_by, event_id,
        note
        """;

    private const string AddSql = """
        insert into dead_letters (reason, body, published_at, stream_sequence, source, epoch, sequence, hour)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8) on conflict (published_at, stream_sequence) do nothing
        """;

    private const string BookedSql = """
        insert into dead_letter_settlements (dead_letter, settlement, settled_by, event_id)
        select id, 'booked', $3, $4 from dead_letters where published_at = $1 and stream_sequence = $2
        on conflict (dead_letter, settlement) do nothing
        """;

    private const string DiscardSql = """
        insert into dead_letter_settlements (dead_letter, settlement, settled_by, note)
        select $1, 'discarded', $2, $3
        where not exists (select from dead_letter_settlements where dead_letter = $1)
        on conflict (dead_letter, settlement) do nothing
        """;

    private const string FindSql = $"select {Columns} from dead_letter_fates where id = $1";

    // Measured by what is before each body: so the first one is there, however large it is.
    private const string PageSql = $"""
        select {Columns}, candidates
        from (
            select *, count(*) over () as candidates, row_number() over (order by id) as place,
                sum(octet_length(body)) over (order by id) - octet_length(body) as bytes_before
            from (
                select * from dead_letter_fates
                where id > $1 and ($3 is null or position($3 in reason) > 0) and ($4 is null or source = $4)
                    and ($5 is null or received_at >= $5) and ($6 is null or received_at < $6)
                    and ($7 is null or status = $7)
                order by id limit $2 + 1
            ) as candidate
        ) as measured
        where place <= $2 and bytes_before < $8 order by id
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
        var origins = Array.ConvertAll(ordered, BodyOrigin.Find);
        await using var command = new NpgsqlCommand(AddSql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(ordered, submission => submission.DeadLetterReason!) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.Body.ToArray()) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.PublishedAt) },
                new() { Value = Array.ConvertAll(ordered, submission => submission.Origin!.Value.StreamSequence) },
                new()
                {
                    Value = Array.ConvertAll(
                        ordered, submission => BodyField.Text(submission.Origin!.Value.Body.Span, "source"u8)),
                },
                new() { Value = Array.ConvertAll(origins, origin => origin?.Epoch) },
                new() { Value = Array.ConvertAll(origins, origin => origin?.Sequence) },
                new() { Value = Array.ConvertAll(origins, origin => origin?.Hour) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Says of those that were retried which events they have become.</summary>
    public static async Task SettleAsync(
        IReadOnlyCollection<(RetrySubmission Retry, Guid EventId)> booked, NpgsqlConnection connection,
        CancellationToken cancellation)
    {
        foreach (var (retry, eventId) in booked)
        {
            await using var command = new NpgsqlCommand(BookedSql, connection)
            {
                Parameters =
                {
                    new() { Value = retry.Origin!.Value.PublishedAt },
                    new() { Value = retry.Origin!.Value.StreamSequence },
                    new() { Value = retry.By },
                    new() { Value = eventId },
                },
            };
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>Gives one up for good, unless it is settled already.</summary>
    public static async Task DiscardAsync(
        long id, string by, string note, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(DiscardSql, connection)
        {
            Parameters = { new() { Value = id }, new() { Value = by }, new() { Value = note } },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The one of that number; null if there is none.</summary>
    public static async Task<DeadLetter?> FindAsync(
        long id, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(FindSql, connection) { Parameters = { new() { Value = id } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Read(reader) : null;
    }

    /// <summary>
    /// The dead letters after <paramref name="afterId"/>, oldest first, at most <paramref name="countMax"/>, and fewer
    /// where their bodies have <see cref="PageBytesMax"/>; and whether more follow.
    /// </summary>
    public static async Task<(List<DeadLetter> Letters, bool AreMore)> ReadPageAsync(
        NpgsqlDataSource database, DeadLetterFilter filter, long afterId, int countMax, CancellationToken cancellation)
    {
        var (letters, candidates) = (new List<DeadLetter>(), 0L);
        await using var command = database.CreateCommand(PageSql);
        command.Parameters.Add(new() { Value = afterId });
        command.Parameters.Add(new() { Value = (long)countMax });
        Add(filter.Reason, NpgsqlDbType.Text);
        Add(filter.Source, NpgsqlDbType.Text);
        Add(filter.From?.ToUniversalTime(), NpgsqlDbType.TimestampTz);
        Add(filter.To?.ToUniversalTime(), NpgsqlDbType.TimestampTz);
        Add(filter.Status, NpgsqlDbType.Text);
        Add((long)PageBytesMax, NpgsqlDbType.Bigint);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            letters.Add(Read(reader));
            candidates = reader.GetInt64(12);
        }

        return (letters, letters.Count < candidates);

        void Add(object? value, NpgsqlDbType type) =>
            command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
    }

    private static DeadLetter Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        ReceivedAt = row.GetFieldValue<DateTimeOffset>(1),
        Reason = row.GetString(2),
        Origin = new(row.GetFieldValue<DateTimeOffset>(4), row.GetInt64(5), row.GetFieldValue<byte[]>(3)),
        Source = row.IsDBNull(6) ? null : row.GetString(6),
        Status = row.GetString(7),
        SettledAt = row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
        SettledBy = row.IsDBNull(9) ? null : row.GetString(9),
        EventId = row.IsDBNull(10) ? null : row.GetGuid(10),
        Note = row.IsDBNull(11) ? null : row.GetString(11),
    };
}
