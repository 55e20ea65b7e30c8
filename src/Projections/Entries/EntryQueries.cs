using System.Runtime.CompilerServices;
using EventLedger.EventStore.Reading;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Projections.Entries;

/// <summary>
/// Reads a customer's entries by the versions of their stream, which each partition has an index on: a page costs the
/// same wherever it is in the history.
/// </summary>
/// <param name="database">The ledger's database.</param>
public sealed class EntryQueries(NpgsqlDataSource database)
{
    /// <summary>The most entries of a page.</summary>
    public const int PageMax = 1000;

    /// <summary>The most events that are looked at for one page; one that few events pass isn't filled.</summary>
    public const int LookedAtMax = 20_000;

    // The versions that a filter by time or position leaves, and the positions, which keep the other partitions out.
    private const string BoundsSql = """
        select s.version, case when $2 is null then 0 else version_at(s.id, b.after) end,
            case when $3 is null and $4 is null then s.version else version_at(s.id, b.last) end, b.after, b.last
        from mt_streams s, head h, lateral (select
            position_before($2) as after,
            least(case when $3 is null then h.position else position_before($3) end, $4) as last) as b
        where s.id = $1
        """;

    private const string Columns = "seq_id, version, id, type, data, timestamp";

    private const string PageSql = $"""
        select {Columns} from mt_events
        where stream_id = $1 and version > $2 and version <= $3 and seq_id > $4 and seq_id <= $5
            and entry_amount(data) is not null
            and ($6 is null or coalesce(data ->> 'model', '') = $6)
            and ($7 is null or data ->> 'reason' = $7)
            and ($8 is null or data ->> 'request_id' = $8)
        order by version desc limit $9
        """;

    private const string VersionSql = "select version_at($1, $2)";

    private static readonly string RangeSql = $"""
        select {Columns} from mt_events
        where stream_id = $1 and seq_id > $2 and seq_id <= $3 and version > $4 order by version limit {PageMax}
        """;

    /// <summary>A page of entries, newest first.</summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="filter">Which.</param>
    /// <param name="next">What the page before gave as next; null for the first page.</param>
    /// <param name="countMax">The most entries, up to <see cref="PageMax"/>.</param>
    /// <param name="cancellation">Ends it early.</param>
    public async Task<EntryPage> ReadPageAsync(
        string customerId, EntryFilter filter, long? next, int countMax, CancellationToken cancellation)
    {
        var bounds = await ReadBoundsAsync(customerId, filter, cancellation);
        var last = Math.Min(next ?? bounds.LastVersion, bounds.LastVersion);
        var after = Math.Max(bounds.AfterVersion, last - LookedAtMax);

        if (last <= after)
        {
            return new EntryPage([], null, bounds.Version);
        }

        await using var command = database.CreateCommand(PageSql);
        Add(command, customerId, NpgsqlDbType.Varchar);
        Add(command, after, NpgsqlDbType.Bigint);
        Add(command, last, NpgsqlDbType.Bigint);
        Add(command, bounds.AfterPosition, NpgsqlDbType.Bigint);
        Add(command, bounds.LastPosition, NpgsqlDbType.Bigint);
        Add(command, filter.Model, NpgsqlDbType.Text);
        Add(command, filter.Reason, NpgsqlDbType.Text);
        Add(command, filter.RequestId, NpgsqlDbType.Text);
        Add(command, (long)countMax + 1, NpgsqlDbType.Bigint);
        var entries = await ReadEntriesAsync(customerId, command, cancellation);

        long? following = entries.Count > countMax ? entries[countMax].Event.Version
            : after > bounds.AfterVersion ? after
            : null;
        return new EntryPage([.. entries.Take(countMax)], following, bounds.Version);
    }

    /// <summary>The entries after a position up to another one, oldest first, in memory that doesn't grow.</summary>
    public async IAsyncEnumerable<RecordedEntry> ReadAsync(
        string customerId, long afterPosition, long lastPosition,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var (position, version) = (afterPosition, await FindVersionAsync(customerId, afterPosition, cancellation));

        while (true)
        {
            await using var command = database.CreateCommand(RangeSql);
            Add(command, customerId, NpgsqlDbType.Varchar);
            Add(command, position, NpgsqlDbType.Bigint);
            Add(command, lastPosition, NpgsqlDbType.Bigint);
            Add(command, version, NpgsqlDbType.Bigint);
            var events = await ReadEventsAsync(customerId, command, cancellation);

            foreach (var @event in events)
            {
                if (RecordedEntry.TryRead(@event, out var entry))
                {
                    yield return entry;
                }
            }

            if (events.Count < PageMax)
            {
                yield break;
            }

            (position, version) = (events[^1].Position, events[^1].Version);
        }
    }

    /// <summary>The version that a customer's stream had reached at a position; 0 before its first event.</summary>
    public async Task<long> FindVersionAsync(string customerId, long position, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(VersionSql);
        Add(command, customerId, NpgsqlDbType.Varchar);
        Add(command, position, NpgsqlDbType.Bigint);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<Bounds> ReadBoundsAsync(
        string customerId, EntryFilter filter, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(BoundsSql);
        Add(command, customerId, NpgsqlDbType.Varchar);
        Add(command, filter.From?.ToUniversalTime(), NpgsqlDbType.TimestampTz);
        Add(command, filter.To?.ToUniversalTime(), NpgsqlDbType.TimestampTz);
        Add(command, filter.LastPosition, NpgsqlDbType.Bigint);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        return await reader.ReadAsync(cancellation)
            ? new Bounds(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4))
            : default;
    }

    private static async Task<List<RecordedEntry>> ReadEntriesAsync(
        string customerId, NpgsqlCommand command, CancellationToken cancellation)
    {
        var entries = new List<RecordedEntry>();

        foreach (var @event in await ReadEventsAsync(customerId, command, cancellation))
        {
            if (RecordedEntry.TryRead(@event, out var entry))
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    private static async Task<List<StoredEvent>> ReadEventsAsync(
        string customerId, NpgsqlCommand command, CancellationToken cancellation)
    {
        var events = new List<StoredEvent>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            events.Add(new StoredEvent(
                reader.GetInt64(0), customerId, reader.GetInt64(1), reader.GetGuid(2), reader.GetString(3),
                reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<DateTimeOffset>(5)));
        }

        return events;
    }

    private static void Add(NpgsqlCommand command, object? value, NpgsqlDbType type) =>
        command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });

    private readonly record struct Bounds(
        long Version, long AfterVersion, long LastVersion, long AfterPosition, long LastPosition);
}
