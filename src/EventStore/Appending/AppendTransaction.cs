using Npgsql;

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

    private const string CreateSql = """
        insert into mt_streams (id, version)
        select id, 0 from unnest($1) with ordinality as wanted (id, place) order by place
        on conflict (id) do nothing
        """;

    // The update is the lock: one write of the row for both. Joined in the order of the ids, as the connection's
    // settings see to, so that two transactions never hold rows that the other one wants.
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

    private const string CopySql = $"copy mt_events ({EventRows.Columns}) from stdin (format binary)";

    private const string SealSql = "select seal_block($1, $2, $3, $4, $5)";

    private readonly NpgsqlTransaction transaction;
    private readonly AppendConnections connections;
    private readonly EventPartitions partitions;
    private readonly Dictionary<string, long> claimedTo = [];
    private readonly Dictionary<string, long> versions = [];
    private Seal? seal;
    private bool isDisposed;

    internal AppendTransaction(
        NpgsqlConnection connection, NpgsqlTransaction transaction, AppendConnections connections,
        EventPartitions partitions)
    {
        Connection = connection;
        this.transaction = transaction;
        this.connections = connections;
        this.partitions = partitions;
    }

    /// <summary>The connection, for what belongs into the same transaction.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Makes the streams that don't exist. Comes before every lock.</summary>
    public async Task CreateStreamsAsync(IEnumerable<string> streamIds, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(EnterSql),
                Command(CreateSql, [streamIds.Order(StringComparer.Ordinal).ToArray()]),
            },
        };
        await batch.PrepareAsync(cancellation);
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// Locks streams, and looks event ids up from behind the lock, and whatever else the caller wants to read there;
    /// streams that don't exist stay missing.
    /// </summary>
    public async Task<LockedStreams> LockAsync(
        IReadOnlyCollection<StreamClaim> claims, IReadOnlyCollection<Guid> eventIds, CancellationToken cancellation,
        ReadBehindLock? alsoRead = null)
    {
        var sorted = claims.OrderBy(claim => claim.StreamId, StringComparer.Ordinal).ToArray();

        // Separate statements, since each one sees what was committed when it began.
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(EnterSql),
                Command(
                    LockSql,
                    [
                        Array.ConvertAll(sorted, claim => claim.StreamId),
                        Array.ConvertAll(sorted, claim => (long)claim.EventsExpected),
                    ]),
                Command(KnownSql, [eventIds.ToArray()]),
            },
        };

        if (alsoRead is not null)
        {
            batch.BatchCommands.Add(alsoRead.Command);
        }

        await batch.PrepareAsync(cancellation);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
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
        var fingerprints = await ReadFingerprintsAsync(reader, cancellation);

        while (alsoRead is not null && await NextRowAsync(reader, cancellation))
        {
            alsoRead.TakeRow(reader);
        }

        return new LockedStreams(new Dictionary<string, long>(versions), fingerprints);
    }

    /// <summary>Fingerprints of further event ids, on streams that are locked.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> FindAsync(
        IReadOnlyCollection<Guid> eventIds, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands = { Command(KnownSql, [eventIds.ToArray()]) },
        };
        await batch.PrepareAsync(cancellation);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        return await ReadFingerprintsAsync(reader, cancellation);
    }

    /// <summary>Writes events, whose streams are locked and whose ids aren't stored, in the order given.</summary>
    public async Task<WrittenEvents> WriteAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellation)
    {
        var batch = new EventBatch(events, versions);
        await CorrectVersionsAsync(cancellation);

        if (batch.Count == 0)
        {
            return default;
        }

        var (ticket, first, timeUs) = await ReserveAsync(batch.Count, cancellation);
        var written = new WrittenEvents(first, DateTimeOffset.UnixEpoch.AddMicroseconds(timeUs));
        seal = new Seal(ticket, first, batch.Count, timeUs, batch.Root);
        await partitions.EnsureAsync(first + batch.Count, cancellation);
        await using var write = new NpgsqlBatch(Connection);

        if (batch.Rows is { } rows)
        {
            await CopyAsync(rows.Complete(first, timeUs), cancellation);
        }
        else
        {
            write.BatchCommands.Add(batch.Insert(written));
        }

        write.BatchCommands.Add(batch.Remember(written));
        await write.PrepareAsync(cancellation);
        await write.ExecuteNonQueryAsync(cancellation);
        return written;
    }

    /// <summary>Links the block to the chain and commits: what was written is visible, or none of it ever is.</summary>
    public async Task CommitAsync(CancellationToken cancellation)
    {
        if (seal is not { } own)
        {
            await transaction.CommitAsync(cancellation);
            return;
        }

        // Sent together: the next block waits for this commit.
        await using var batch = new NpgsqlBatch(Connection)
        {
            BatchCommands =
            {
                Command(SealSql, [own.Ticket, own.FirstPosition, own.Positions, own.TimeUs, own.Root]),
                new NpgsqlBatchCommand("commit"),
            },
        };
        await batch.PrepareAsync(cancellation);
        await batch.ExecuteNonQueryAsync(cancellation);
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
        await connections.GiveBackAsync(Connection);
    }

    internal static NpgsqlBatchCommand Command(string sql, ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

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

    private static async Task<bool> NextRowAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        while (!await reader.ReadAsync(cancellation))
        {
            if (!await reader.NextResultAsync(cancellation))
            {
                return false;
            }
        }

        return true;
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
                    Command(
                        CorrectSql,
                        [
                            Array.ConvertAll(corrections, correction => correction.StreamId),
                            Array.ConvertAll(corrections, correction => correction.Events),
                        ]),
                },
            };
            await batch.PrepareAsync(cancellation);
            await batch.ExecuteNonQueryAsync(cancellation);
        }
    }

    private async Task<(long Ticket, long First, long TimeUs)> ReserveAsync(
        int positions, CancellationToken cancellation)
    {
        await using var reserve = new NpgsqlBatch(Connection)
        {
            BatchCommands = { Command(ReserveSql, [(long)positions]) },
        };
        await reserve.PrepareAsync(cancellation);
        await using var reader = await reserve.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private async Task CopyAsync(ReadOnlyMemory<byte> rows, CancellationToken cancellation)
    {
        await using var copy = await Connection.BeginRawBinaryCopyAsync(CopySql, cancellation);
        await copy.WriteAsync(rows, cancellation);
    }

    private readonly record struct Seal(long Ticket, long FirstPosition, long Positions, long TimeUs, byte[] Root);
}
