using EventLedger.Accounts;
using Npgsql;

namespace EventLedger.Ledger.Booking;

/// <summary>Finds entries by their events' ids.</summary>
/// <param name="database">The ledger's database.</param>
internal sealed class StoredEntries(NpgsqlDataSource database)
{
    // Offset 0 keeps each look-up one by its key: joined freely, a table without statistics is read whole.
    private const string FindSql = """
        select i.id, i.fingerprint, e.customer_id, e.asset, e.amount, e.legacy_id
        from unnest($1) as asked (id)
        cross join lateral (select id, position, fingerprint from event_ids where id = asked.id offset 0) as i
        cross join lateral (
            select stream_id as customer_id, entry_asset(data) as asset, entry_amount(data) as amount,
                substring(data ->> 'extra' from '^{"legacy":{"id":"([0-9a-f-]{36})"') as legacy_id
            from mt_events where seq_id = i.position offset 0) as e
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
            found[reader.GetGuid(0)] = new(
                reader.GetString(2), reader.GetString(3), reader.GetInt64(4), ImportedRowOf(reader));
        }

        return found;
    }

    // A producer may send the same field: only the fingerprint says that it was an import that wrote it.
    private static Guid? ImportedRowOf(NpgsqlDataReader row) =>
        new Fingerprint(row.GetInt64(1)).IsOfImport
        && !row.IsDBNull(5)
        && Guid.TryParse(row.GetString(5), out var id)
            ? id
            : null;
}

/// <summary>What an event in the ledger changed.</summary>
/// <param name="CustomerId">Whose balance.</param>
/// <param name="Asset">The asset, <c>OMR/6</c>.</param>
/// <param name="Amount">By how much, in the asset's smallest unit.</param>
/// <param name="ImportedRow">The old row that was imported as the charge of a request; null for all else.</param>
internal readonly record struct StoredEntry(string CustomerId, string Asset, long Amount, Guid? ImportedRow)
{
    /// <summary>Whether it does what an entry would do, to the same customer's balance.</summary>
    public bool IsLike(BulkEntry entry) =>
        CustomerId == entry.Event.StreamId && Asset == entry.Asset && Amount == entry.Amount;
}
