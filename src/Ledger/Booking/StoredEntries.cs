using Npgsql;

namespace EventLedger.Ledger.Booking;

/// <summary>Finds entries by their events' ids.</summary>
/// <param name="database">The ledger's database.</param>
internal sealed class StoredEntries(NpgsqlDataSource database)
{
    // Offset 0 keeps each look-up one by its key: joined freely, a table without statistics is read whole.
    private const string FindSql = """
        select i.id, e.asset, e.amount
        from unnest($1) as asked (id)
        cross join lateral (select id, position from event_ids where id = asked.id offset 0) as i
        cross join lateral (select entry_asset(data) as asset, entry_amount(data) as amount from mt_events
            where seq_id = i.position offset 0) as e
        where e.amount is not null
        """;

    /// <summary>What the ledger has under those of the ids that are stored.</summary>
    public async Task<Dictionary<Guid, StoredEntry>> FindAsync(
        IReadOnlyCollection<Guid> ids, CancellationToken cancellation)
    {
        var found = new Dictionary<Guid, StoredEntry>(ids.Count);

        if (ids.Count == 0)
        {
            return found;
        }

        await using var command = database.CreateCommand(FindSql);
        command.Parameters.Add(new() { Value = ids.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            found[reader.GetGuid(0)] = new(reader.GetString(1), reader.GetInt64(2));
        }

        return found;
    }
}

/// <summary>What an event in the ledger changed.</summary>
/// <param name="Asset">The asset, <c>OMR/6</c>.</param>
/// <param name="Amount">By how much, in the asset's smallest unit.</param>
internal readonly record struct StoredEntry(string Asset, long Amount);
