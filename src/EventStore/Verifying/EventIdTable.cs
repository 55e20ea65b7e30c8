using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Copying;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>Reads <c>event_ids</c> for the checks.</summary>
internal static class EventIdTable
{
    /// <summary>Pages of the table that are read in one go.</summary>
    public const int PagesMax = 1024;

    private const string PagesSql = "select pg_relation_size('event_ids') / current_setting('block_size')::bigint";

    // Rows of ids that no event at their position has.
    private const string StraySql = """
        select min(position) from event_ids i where position between $1 and $2
            and not exists (select from mt_events e where e.seq_id = i.position and e.id = i.id)
        """;

    /// <summary>How many pages the table has.</summary>
    public static async Task<long> CountPagesAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(PagesSql, connection);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Gives each row on up to <see cref="PagesMax"/> pages from <paramref name="page"/> on.</summary>
    public static async Task ReadAsync(
        NpgsqlConnection connection, long page, Action<Guid, long, long, long> row, CancellationToken cancellation)
    {
        await using var rows = await CopyRows.OpenAsync(
            connection,
            "select id, position, fingerprint, digest from event_ids "
            + $"where ctid >= '({page},0)' and ctid < '({page + PagesMax},0)'",
            fieldsCount: 4, cancellation);

        while (await rows.NextAsync(cancellation))
        {
            row(rows.Guid(0), rows.Int64(1), rows.Int64(2), rows.Int64(3));
        }
    }

    /// <summary>
    /// The first position between two whose event isn't found under its id with position, fingerprint and digest.
    /// </summary>
    public static async Task<long?> FindUnlikeAsync(
        NpgsqlConnection connection, long first, long last, CancellationToken cancellation)
    {
        await using var rows = await CopyRows.OpenAsync(
            connection, EventRows.QueryWithIds(first, last), EventRows.Fields + 3, cancellation);
        var json = new CanonicalJsonWriter();

        while (await rows.NextAsync(cancellation))
        {
            if (!IsAlike(rows, json))
            {
                return rows.EventPosition;
            }
        }

        return null;
    }

    /// <summary>The first position between two for which the table has an id that isn't its event's.</summary>
    public static async Task<long?> FindStrayAsync(
        NpgsqlConnection connection, long first, long last, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(StraySql, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = first });
        command.Parameters.Add(new() { Value = last });
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private static bool IsAlike(CopyRows row, CanonicalJsonWriter json)
    {
        Span<byte> leaf = stackalloc byte[LeafHash.Size];

        return !row.IsNull(EventRows.Fields)
            && row.Int64(EventRows.Fields) == row.EventPosition
            && row.Int64(EventRows.Fields + 1) == row.EventFingerprint
            && row.HashEvent(json, leaf) is null
            && row.Int64(EventRows.Fields + 2) == LeafHash.Digest(leaf);
    }
}
