using Npgsql;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// One transaction that appends events of many streams as one block. Use it in this order: create streams, lock
/// them, write, commit. Statements of the caller's own that may wait for other transactions belong before the write,
/// since later blocks wait for this one from there on.
/// </summary>
public sealed class AppendTransaction : IAsyncDisposable
{
    private const string EnterSql = $"select pg_advisory_xact_lock_shared({WriterLock.Key})";

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

    private const string CopySql = $"copy mt_events ({CopyInput.Columns}) from stdin (format binary)";

    private readonly NpgsqlTransaction transaction;
    private readonly AppendConnections connections;
    private readonly EventPartitions partitions;
    private readonly Dictionary<string, long> claimedTo = [];
    private readonly Dictionary<string, long> versions = [];
    private EventBatch? batch;
    private WrittenEvents written;
    private bool mayHoldLocks;
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
    public Task CreateStreamsAsync(IEnumerable<string> streamIds, CancellationToken cancellation)
    {
        var message = new AppendMessage(Connection);
        message.Add(Enter());
        message.Add(new(CreateSql, takeRow: null, [streamIds.Order(StringComparer.Ordinal).ToArray()]));
        return message.SendAsync(cancellation);
    }

    /// <summary>
    /// Locks streams, and looks event ids up from behind the lock, and whatever else the caller wants to read there;
    /// streams that don't exist stay missing.
    /// </summary>
    public async Task<LockedStreams> LockAsync(
        IReadOnlyCollection<StreamClaim> claims, IReadOnlyCollection<Guid> eventIds, CancellationToken cancellation,
        AppendStatement? alsoRead = null)
    {
        var sorted = claims.OrderBy(claim => claim.StreamId, StringComparer.Ordinal).ToArray();
        var fingerprints = new Dictionary<Guid, long>();

        // Separate statements, since each one sees what was committed when it began.
        var message = new AppendMessage(Connection);
        message.Add(Enter());
        message.Add(new(
            LockSql,
            row => versions.Add(row.GetString(0), row.GetInt64(1)),
            [
                Array.ConvertAll(sorted, claim => claim.StreamId),
                Array.ConvertAll(sorted, claim => (long)claim.EventsExpected),
            ]));
        message.Add(Find(eventIds, fingerprints));

        if (alsoRead is not null)
        {
            message.Add(alsoRead);
        }

        await message.SendAsync(cancellation);

        foreach (var claim in sorted)
        {
            if (versions.TryGetValue(claim.StreamId, out var version))
            {
                claimedTo.Add(claim.StreamId, version + claim.EventsExpected);
            }
        }

        return new LockedStreams(new Dictionary<string, long>(versions), fingerprints);
    }

    /// <summary>Fingerprints of further event ids, on streams that are locked.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> FindAsync(
        IReadOnlyCollection<Guid> eventIds, CancellationToken cancellation)
    {
        var fingerprints = new Dictionary<Guid, long>();
        var message = new AppendMessage(Connection);
        message.Add(Find(eventIds, fingerprints));
        await message.SendAsync(cancellation);
        return fingerprints;
    }

    /// <summary>Writes events, whose streams are locked and whose ids aren't stored, in the order given.</summary>
    public async Task<WrittenEvents> WriteAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellation)
    {
        var message = new AppendMessage(Connection);
        await AddWriteAsync(message, events, cancellation);
        await SendWriteAsync(message, cancellation);
        return written;
    }

    /// <summary>Links the block to the chain and commits: what was written is visible, or none of it ever is.</summary>
    public Task CommitAsync(CancellationToken cancellation)
    {
        var message = new AppendMessage(Connection);
        AddCommit(message);
        return SendAsync(message, cancellation);
    }

    /// <summary>
    /// Writes and commits at once, which holds later blocks up for no more than the database's own work. What is
    /// written along goes on from <see cref="DrawnPositions.FirstSql"/>.
    /// </summary>
    public async Task<WrittenEvents> WriteAndCommitAsync(
        IReadOnlyList<NewEvent> events, IEnumerable<AppendStatement> along, CancellationToken cancellation)
    {
        var message = new AppendMessage(Connection);
        await AddWriteAsync(message, events, cancellation);

        foreach (var statement in along)
        {
            message.Add(statement);
        }

        AddCommit(message);
        await SendWriteAsync(message, cancellation);
        return written;
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
        await connections.GiveBackAsync(Connection, mayHoldLocks);
    }

    private static AppendStatement Enter() => new(EnterSql, takeRow: _ => { }, []);

    private static AppendStatement Find(IEnumerable<Guid> eventIds, Dictionary<Guid, long> fingerprints) => new(
        KnownSql, row => fingerprints.Add(row.GetGuid(0), row.GetInt64(1)), [eventIds.ToArray()]);

    private async Task AddWriteAsync(
        AppendMessage message, IReadOnlyList<NewEvent> events, CancellationToken cancellation)
    {
        batch = new EventBatch(events, versions);
        AddCorrections(message);

        if (batch.Count == 0)
        {
            return;
        }

        message.Add(DrawnPositions.Draw(batch.Count, Take));

        // Rows that are copied hold their positions, and so does a new partition.
        if (batch.Rows is not null || !partitions.AreReady)
        {
            await SendAsync(message, cancellation);
            await partitions.EnsureAsync(written.FirstPosition + batch.Count, cancellation);
        }

        if (batch.Rows is { } rows)
        {
            await CopyAsync(rows.Complete(written), cancellation);
        }
        else
        {
            message.Add(batch.Insert());
        }

        message.Add(batch.Remember());
    }

    private async Task SendWriteAsync(AppendMessage message, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(message, cancellation);
        }
        catch (PostgresException missing) when (EventPartitions.AreMissing(missing))
        {
            // Told apart from a fault of the events, which would be given up one by one.
            partitions.Forget();
            throw new NpgsqlException(
                "Positions have jumped to where no partition is yet; the next append makes it.", missing);
        }
    }

    // Drawing and sealing take locks of the session for a moment. The database gives them back whatever fails; but a
    // cancellation may come just between, and every other append would wait for as long as this connection is kept.
    private async Task SendAsync(AppendMessage message, CancellationToken cancellation)
    {
        try
        {
            await message.SendAsync(cancellation);
        }
        catch (Exception failure) when (
            failure is not PostgresException { SqlState: not PostgresErrorCodes.QueryCanceled })
        {
            mayHoldLocks = true;
            throw;
        }
    }

    private void Take(WrittenEvents drawn)
    {
        written = drawn;
        partitions.Reach(drawn.FirstPosition + batch!.Count);
    }

    private void AddCommit(AppendMessage message)
    {
        if (batch is { Count: > 0 })
        {
            message.Add(DrawnPositions.Seal(batch));
        }

        message.Add(new("commit", takeRow: null, []));
    }

    private void AddCorrections(AppendMessage message)
    {
        var corrections = claimedTo
            .Select(claimed => (StreamId: claimed.Key, Events: versions[claimed.Key] - claimed.Value))
            .Where(correction => correction.Events != 0)
            .ToArray();

        if (corrections.Length > 0)
        {
            message.Add(new(
                CorrectSql,
                takeRow: null,
                [
                    Array.ConvertAll(corrections, correction => correction.StreamId),
                    Array.ConvertAll(corrections, correction => correction.Events),
                ]));
        }
    }

    private async Task CopyAsync(ReadOnlyMemory<byte> rows, CancellationToken cancellation)
    {
        await using var copy = await Connection.BeginRawBinaryCopyAsync(CopySql, cancellation);
        await copy.WriteAsync(rows, cancellation);
    }
}
