using System.Data;
using Npgsql;

namespace EventLedger.Ledger.Status;

/// <summary>How the database stands, all of it at one moment.</summary>
internal sealed record DatabaseStatus
{
    /// <summary>How long an envelope may wait for its customer's account before somebody should look.</summary>
    public static readonly TimeSpan WaitingLimit = TimeSpan.FromHours(1);

    /// <summary>How long an event may wait for a roll-up before somebody should look.</summary>
    public static readonly TimeSpan RollupLimit = TimeSpan.FromMinutes(1);

    private const string SchemaSql = "select coalesce(max(number), 0)::bigint from schema_migrations";

    private const string CountsSql = """
        select current_setting('server_version'), (select max(number) from schema_migrations)::bigint,
            position, block, recorded_at,
            (select count(*) from waiting), (select min(received_at) from waiting),
            (select count(*) from dead_letters) - (select count(distinct dead_letter) from dead_letter_settlements)
        from head
        """;

    private const string RollupsSql = """
        select name, last_seq_id, (select timestamp from mt_events where seq_id > last_seq_id order by seq_id limit 1)
        from mt_event_progression where name = any($1) order by name
        """;

    private const string RebuildsSql = """
        select side_table, coalesce(sum(last - after), 0)::bigint, begun_at
        from rebuilds left join rebuilt_slices using (side_table) group by side_table, begun_at order by side_table
        """;

    /// <summary>PostgreSQL's version.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>The number of the last migration.</summary>
    public required long Schema { get; init; }

    /// <summary>The highest position.</summary>
    public required long Position { get; init; }

    /// <summary>The newest block.</summary>
    public required long Block { get; init; }

    /// <summary>Its time.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Envelopes whose customer nobody knows yet.</summary>
    public required long Waiting { get; init; }

    /// <summary>Since when the oldest of them waits.</summary>
    public required DateTimeOffset? WaitingSince { get; init; }

    /// <summary>Envelopes that are kept with a reason, and open.</summary>
    public required long DeadLetters { get; init; }

    /// <summary>How far the roll-ups are, and the time of the first event that each has not taken in.</summary>
    public IReadOnlyList<(string Name, long Position, DateTimeOffset? BehindSince)> Rollups { get; private init; } =
        [];

    /// <summary>Rebuilds that run, or were broken off: table, positions summed, and when it began.</summary>
    public IReadOnlyList<(string Table, long Summed, DateTimeOffset BegunAt)> Rebuilds { get; private init; } = [];

    /// <summary>The number of the last migration, which any version's database can tell.</summary>
    public static async Task<long> ReadSchemaAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(SchemaSql);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>What there is to say of a schema.</summary>
    public static StatusLine DescribeSchema(long schema) => schema == LedgerSchema.Version
        ? StatusLine.Of("schema", schema)
        : StatusLine.Of(
            "schema", schema,
            $"this version's is {LedgerSchema.Version}" + (schema < LedgerSchema.Version ? ": ledger migrate" : ""),
            isWrong: true);

    /// <summary>Reads it.</summary>
    /// <param name="database">Where.</param>
    /// <param name="rollups">The names of the roll-ups.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static async Task<DatabaseStatus> ReadAsync(
        NpgsqlDataSource database, string[] rollups, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(CountsSql), new(RollupsSql) { Parameters = { new() { Value = rollups } } }, new(RebuildsSql),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var counts = ReadCounts(reader);
        await reader.NextResultAsync(cancellation);
        var lags = await ListAsync(reader, row => (row.GetString(0), row.GetInt64(1), Time(row, 2)), cancellation);
        await reader.NextResultAsync(cancellation);
        var rebuilds = await ListAsync(
            reader, row => (row.GetString(0), row.GetInt64(1), Time(row, 2)!.Value), cancellation);
        return counts with { Rollups = lags, Rebuilds = rebuilds };
    }

    /// <summary>What there is to say of it.</summary>
    public IEnumerable<StatusLine> Describe(DateTimeOffset now)
    {
        yield return StatusLine.Of("postgresql", ServerVersion);
        yield return DescribeSchema(Schema);
        yield return StatusLine.Of("position", Position);
        yield return StatusLine.Of("block", Block, Block == 0 ? "" : $"of {RecordedAt.UtcDateTime:O}");

        foreach (var (name, position, behindSince) in Rollups)
        {
            yield return behindSince is { } since
                ? StatusLine.Of(
                    name, position, $"behind since {since.UtcDateTime:O}", isWrong: now - since > RollupLimit)
                : StatusLine.Of(name, position);
        }

        foreach (var (table, summed, begunAt) in Rebuilds)
        {
            yield return StatusLine.Of(table, summed, $"a rebuild that began {begunAt.UtcDateTime:O}");
        }

        yield return WaitingSince is { } oldest
            ? StatusLine.Of(
                "waiting", Waiting, $"the oldest since {oldest.UtcDateTime:O}", isWrong: now - oldest > WaitingLimit)
            : StatusLine.Of("waiting", Waiting);
        yield return StatusLine.Of(
            "dead_letters", DeadLetters, DeadLetters == 0 ? "" : "ledger dead-letters list", isWrong: DeadLetters > 0);
    }

    private static DatabaseStatus ReadCounts(NpgsqlDataReader row) => new()
    {
        ServerVersion = row.GetString(0),
        Schema = row.GetInt64(1),
        Position = row.GetInt64(2),
        Block = row.GetInt64(3),
        RecordedAt = Time(row, 4)!.Value,
        Waiting = row.GetInt64(5),
        WaitingSince = Time(row, 6),
        DeadLetters = row.GetInt64(7),
    };

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static async Task<List<T>> ListAsync<T>(
        NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        var rows = new List<T>();

        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
