using System.Buffers;
using EventLedger.EventStore.Blocks;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// One transaction that appends events of many streams as one block. Use it in this order: create streams, lock
/// them, write, commit. Statements of the caller's own that may wait for other transactions belong before the write,
/// since later blocks wait for this one from there on.
/// </summary>
public sealed class AppendTransaction : IAsyncDisposable
{
    // Held to the end of each append, so that who takes it alone finds every append either committed or not begun.
    private const string EnterSql = "select pg_advisory_xact_lock_shared(7000000000000000003)";

    private const string SessionSql = """
        select set_config('jit', 'off', true), set_config('enable_hashjoin', 'off', true),
            set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true),
            set_config('idle_in_transaction_session_timeout', '20s', true)
        """;

    private const string CreateSql = """
        insert into mt_streams (id, version)
        select id, 0 from unnest($1) with ordinality as wanted (id, place) order by place
        on conflict (id) do nothing
        """;

    // The update is the lock: one write of the row for both. Joined in the order of the ids, without other plans to
    // choose from, so that two transactions never hold rows that the other one wants.
    private const string LockSql = """
        update mt_streams as s set version = s.version + claim.events, timestamp = now()
        from unnest($1, $2) as claim (id, events) where s.id = claim.id
        returning s.id, s.version - claim.events
        """;

    private const string KnownSql = "select id, fingerprint from event_ids where id = any($1)";

    private const string CorrectSql = """
        update mt_streams as s set version = s.version + correction.events
        from unnest($1, $2) as correction (id, events) where s.id = correction.id
        """;

    private const string ReserveSql = "select ticket, first, time_us from reserve_positions($1)";

    private const string CopySql = """
        copy mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
        from stdin (format binary)
        """;

    private const string RememberSql = """
        insert into event_ids (id, position, fingerprint, digest) select * from unnest($1, $2, $3, $4)
        """;

    private const string SealSql = "select seal_block($1, $2, $3, $4, $5)";

    private readonly NpgsqlTransaction transaction;
    private readonly EventPartitions partitions;
    private readonly Dictionary<string, long> claimedTo = [];
    private readonly Dictionary<string, long> versions = [];
    private Seal? seal;
    private bool isDisposed;

    internal AppendTransaction(
        NpgsqlConnection connection, NpgsqlTransaction transaction, EventPartitions partitions)
    {
        Connection = connection;
        this.transaction = transaction;
        this.partitions = partitions;
    }

    /// <summary>The connection, for what belongs into the same transaction.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Makes the streams that don't exist. Comes before every lock.</summary>
    public async Task CreateStreamsAsync(IEnumerable<string> streamIds, CancellationToken cancellation)
    {
        await using var create = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(EnterSql),
                Command(CreateSql, streamIds.Order(StringComparer.Ordinal)),
            },
        };
        await create.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// Locks streams, and looks event ids up from behind the lock; streams that don't exist stay missing.
    /// </summary>
    public async Task<LockedStreams> LockAsync(
        IReadOnlyCollection<StreamClaim> claims, IReadOnlyCollection<Guid> eventIds, CancellationToken cancellation)
    {
        var sorted = claims.OrderBy(claim => claim.StreamId, StringComparer.Ordinal).ToArray();

        // Separate statements, since each one sees what was committed when it began.
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(EnterSql),
                new NpgsqlBatchCommand(SessionSql),
                Command(
                    LockSql,
                    sorted.Select(claim => claim.StreamId),
                    sorted.Select(claim => (long)claim.EventsExpected)),
                Command(KnownSql, eventIds),
            },
        };

        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        await reader.NextResultAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            versions.Add(reader.GetString(0), reader.GetInt64(1));
        }

        foreach (var claim in sorted)
        {
            if (versions.TryGetValue(claim.StreamId, out var version))
            {
                claimedTo.Add(claim.StreamId, version + claim.EventsExpected);
            }
        }

        await reader.NextResultAsync(cancellation);
        return new LockedStreams(
            new Dictionary<string, long>(versions), await ReadFingerprintsAsync(reader, cancellation));
    }

    /// <summary>Fingerprints of further event ids, on streams that are locked.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> FindAsync(
        IReadOnlyCollection<Guid> eventIds, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(Connection) { BatchCommands = { Command(KnownSql, eventIds) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        return await ReadFingerprintsAsync(reader, cancellation);
    }

    /// <summary>Writes events, whose streams are locked and whose ids aren't stored, in the order given.</summary>
    public async Task<WrittenEvents> WriteAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellation)
    {
        var rows = MakeRows(events);
        await CorrectVersionsAsync(cancellation);

        if (rows.Length == 0)
        {
            return default;
        }

        // Hashed before positions are drawn: later blocks wait for this one from then on.
        var leaves = HashRows(rows);
        var digests = DigestsOf(leaves);
        var root = MerkleTree.Root(leaves);
        var (ticket, first, timeUs) = await ReserveAsync(rows.Length, cancellation);
        seal = new Seal(ticket, first, rows.Length, timeUs, root);
        await partitions.EnsureAsync(first + rows.Length, cancellation);

        var written = new WrittenEvents(first, DateTimeOffset.UnixEpoch.AddMicroseconds(timeUs));
        await CopyAsync(rows, written, cancellation);
        await RememberAsync(rows, first, digests, cancellation);
        return written;
    }

    /// <summary>Links the block to the chain and commits: what was written is visible, or none of it ever is.</summary>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        if (seal is { } own)
        {
            await using var command = new NpgsqlCommand(SealSql, Connection)
            {
                Parameters =
                {
                    new() { Value = own.Ticket }, new() { Value = own.FirstPosition },
                    new() { Value = (long)own.Positions }, new() { Value = own.TimeUs }, new() { Value = own.Root },
                },
            };
            await command.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Undoes what wasn't committed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        // Npgsql hands the same transaction object to the connection's next user: a second time would end theirs.
        isDisposed = true;
        await transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private static NpgsqlBatchCommand Command<T>(string sql, IEnumerable<T> first) =>
        new(sql) { Parameters = { new() { Value = first.ToArray() } } };

    private static NpgsqlBatchCommand Command<T1, T2>(string sql, IEnumerable<T1> first, IEnumerable<T2> second) =>
        new(sql) { Parameters = { new() { Value = first.ToArray() }, new() { Value = second.ToArray() } } };

    private static async Task<Dictionary<Guid, long>> ReadFingerprintsAsync(
        NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var fingerprints = new Dictionary<Guid, long>();

        while (await reader.ReadAsync(cancellation))
        {
            fingerprints.Add(reader.GetGuid(0), reader.GetInt64(1));
        }

        return fingerprints;
    }

    private Row[] MakeRows(IReadOnlyList<NewEvent> events)
    {
        var rows = new Row[events.Count];

        for (var i = 0; i < rows.Length; i++)
        {
            var version = versions[events[i].StreamId] + 1;
            versions[events[i].StreamId] = version;
            rows[i] = new Row(events[i], version);
        }

        return rows;
    }

    private static byte[] HashRows(Row[] rows)
    {
        var leaves = new byte[rows.Length * LeafHash.Size];
        var canonical = new ArrayBufferWriter<byte>();

        for (var i = 0; i < rows.Length; i++)
        {
            var (@event, version) = rows[i];
            canonical.ResetWrittenCount();
            CanonicalJson.Write(@event.Data, canonical);
            LeafHash.Compute(
                @event.StreamId, version, @event.Id, @event.Type, canonical.WrittenSpan,
                leaves.AsSpan(i * LeafHash.Size));
        }

        return leaves;
    }

    private static long[] DigestsOf(byte[] leaves)
    {
        var digests = new long[leaves.Length / LeafHash.Size];

        for (var i = 0; i < digests.Length; i++)
        {
            digests[i] = LeafHash.Digest(leaves.AsSpan(i * LeafHash.Size));
        }

        return digests;
    }

    private async Task CorrectVersionsAsync(CancellationToken cancellation)
    {
        var corrections = claimedTo
            .Select(claimed => (StreamId: claimed.Key, Events: versions[claimed.Key] - claimed.Value))
            .Where(correction => correction.Events != 0)
            .ToArray();

        if (corrections.Length > 0)
        {
            await using var batch = new NpgsqlBatch(Connection)
            {
                BatchCommands =
                {
                    Command(CorrectSql, corrections.Select(c => c.StreamId), corrections.Select(c => c.Events)),
                },
            };
            await batch.ExecuteNonQueryAsync(cancellation);
        }
    }

    private async Task<(long Ticket, long First, long TimeUs)> ReserveAsync(
        int positions, CancellationToken cancellation)
    {
        await using var reserve = new NpgsqlCommand(ReserveSql, Connection)
        {
            Parameters = { new() { Value = (long)positions } },
        };
        await using var reader = await reserve.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private async Task CopyAsync(Row[] rows, WrittenEvents written, CancellationToken cancellation)
    {
        await using var copy = await Connection.BeginBinaryImportAsync(CopySql, cancellation);
        var position = written.FirstPosition;

        foreach (var (@event, version) in rows)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(position++, NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(@event.Id, NpgsqlDbType.Uuid, cancellation);
            await copy.WriteAsync(@event.StreamId, NpgsqlDbType.Varchar, cancellation);
            await copy.WriteAsync(version, NpgsqlDbType.Bigint, cancellation);
            await copy.WriteAsync(@event.Data, NpgsqlDbType.Jsonb, cancellation);
            await copy.WriteAsync(@event.Type, NpgsqlDbType.Varchar, cancellation);
            await copy.WriteAsync(written.Time, NpgsqlDbType.TimestampTz, cancellation);
            await copy.WriteAsync(@event.DotnetType, NpgsqlDbType.Varchar, cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }

    private async Task RememberAsync(
        Row[] rows, long firstPosition, long[] digests, CancellationToken cancellation)
    {
        await using var remember = new NpgsqlCommand(RememberSql, Connection)
        {
            Parameters =
            {
                new() { Value = rows.Select(row => row.Event.Id).ToArray() },
                new() { Value = rows.Select((_, i) => firstPosition + i).ToArray() },
                new() { Value = rows.Select(row => row.Event.Fingerprint).ToArray() },
                new() { Value = digests },
            },
        };
        await remember.ExecuteNonQueryAsync(cancellation);
    }

    private readonly record struct Row(NewEvent Event, long Version);

    private readonly record struct Seal(long Ticket, long FirstPosition, int Positions, long TimeUs, byte[] Root);
}
