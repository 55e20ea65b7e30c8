using EventLedger.Accounts;
using EventLedger.Ledger.Booking;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Ledger.Nodes;

/// <summary>Which rails have carried each node's record, and what each of them said.</summary>
internal static class SightingTable
{
    private const string AddSql = """
        insert into node_sightings (event_id, rail, content, place) select * from unnest($1, $2, $3, $4)
        on conflict (event_id, rail) do nothing
        """;

    private const string ContentSql = "select content from node_sightings where event_id = $1 and rail = $2";

    private const string PlaceSql = "select event_id, content from node_sightings where place = $1";

    /// <summary>Notes records of nodes, each event and rail once.</summary>
    public static async Task AddAsync(
        IEnumerable<PlacedSubmission> placed, NpgsqlConnection connection, CancellationToken cancellation)
    {
        // In one order for every writer, so that two that hold the same records don't wait for each other.
        var records = placed.OrderBy(one => one.EventId).ToArray();

        if (records.Length == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(AddSql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(records, record => record.EventId) },
                new() { Value = Array.ConvertAll(records, record => record.Submission.Rail.Name) },
                new() { Value = Array.ConvertAll(records, ContentOf) },
                new()
                {
                    Value = Array.ConvertAll(records, PlaceOf),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
                },
            },
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>What the rail said of an event, as a fingerprint; null where it never carried it.</summary>
    public static async Task<long?> FindContentAsync(
        NpgsqlDataSource database, Guid eventId, Rail rail, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(ContentSql);
        command.Parameters.Add(new() { Value = eventId });
        command.Parameters.Add(new() { Value = rail.Name });
        return (long?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>The events that were read from a place, with the fingerprint of what it said.</summary>
    public static async Task<Dictionary<Guid, long>> ReadPlaceAsync(
        NpgsqlDataSource database, string place, CancellationToken cancellation)
    {
        var contents = new Dictionary<Guid, long>();
        await using var command = database.CreateCommand(PlaceSql);
        command.Parameters.Add(new() { Value = place });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            contents.Add(reader.GetGuid(0), reader.GetInt64(1));
        }

        return contents;
    }

    private static string? PlaceOf(PlacedSubmission record) => record is { IsRepeat: true, Submission.Rail: var rail }
        && rail == Rail.Node
            ? Rail.LatePlace
            : record.Submission.Rail.Place;

    private static long ContentOf(PlacedSubmission record) =>
        Fingerprint.OfRecordContent(record.Submission.Envelope!).Value;
}
