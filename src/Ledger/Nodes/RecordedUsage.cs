using System.Text;
using EventLedger.Accounts;
using EventLedger.Contracts.Money;
using EventLedger.NodeBilling.Forges;
using EventLedger.NodeBilling.Otoml;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>A part of what was recorded here.</summary>
/// <param name="Records">The records, in the order of their positions.</param>
/// <param name="Last">The last position that was looked at.</param>
internal sealed record RecordedPage(IReadOnlyList<NodeUsageRecord> Records, long Last);

/// <summary>Reads the node usage that was recorded in this ledger, and not what came to it from elsewhere.</summary>
/// <param name="database">The ledger's database.</param>
/// <param name="asset">What amounts count; a file doesn't say it.</param>
internal sealed class RecordedUsage(NpgsqlDataSource database, Asset asset)
{
    /// <summary>The most positions that one statement looks at.</summary>
    public const int PositionsMax = 200_000;

    /// <summary>The most records of one page.</summary>
    public const int RecordsMax = 5_000;

    private const string UsageRecordedName = "usage_recorded";
    private const string UnknownKind = "unknown";

    // Offset 0 keeps the look-up of sightings to the few events that are left.
    private const string ReadSql = $"""
        select seq_id, timestamp, id, stream_id, data::text
        from (select seq_id, timestamp, id, stream_id, data from mt_events
            where seq_id > $1 and seq_id <= $2 and type = '{UsageRecordedName}' and data ? 'node_id' offset 0) as usage
        where exists (select from node_sightings where event_id = usage.id and rail = $3)
        order by seq_id limit $4
        """;

    private const string LateSql = """
        select e.seq_id, e.timestamp, e.id, e.stream_id, e.data::text
        from node_sightings as late join event_ids as known on known.id = late.event_id
            join mt_events as e on e.seq_id = known.position
        where late.rail = $1 and late.place = $2 order by e.seq_id limit $3
        """;

    private const string PushedSql = """
        update node_sightings set place = null where rail = $1 and place = $2 and event_id = any($3)
        """;

    /// <summary>What was recorded after a position, up to another one or as far as a page goes.</summary>
    public async Task<RecordedPage> ReadAsync(long after, long head, CancellationToken cancellation)
    {
        var last = Math.Min(head, after + PositionsMax);
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = last });
        command.Parameters.Add(new() { Value = Rail.Node.Name });
        command.Parameters.Add(new() { Value = (long)RecordsMax });
        var records = await ReadAsync(command, cancellation);
        return new RecordedPage(records, records.Count == RecordsMax ? records[^1].Position!.Value : last);
    }

    /// <summary>A page of what was recorded here after another rail had brought it, and isn't pushed yet.</summary>
    public async Task<IReadOnlyList<NodeUsageRecord>> ReadLateAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(LateSql);
        command.Parameters.Add(new() { Value = Rail.Node.Name });
        command.Parameters.Add(new() { Value = Rail.LatePlace });
        command.Parameters.Add(new() { Value = (long)RecordsMax });
        return await ReadAsync(command, cancellation);
    }

    /// <summary>Late records are in the repository.</summary>
    public async Task KeepPushedAsync(IEnumerable<NodeUsageRecord> late, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(PushedSql);
        command.Parameters.Add(new() { Value = Rail.Node.Name });
        command.Parameters.Add(new() { Value = Rail.LatePlace });
        command.Parameters.Add(new() { Value = late.Select(record => record.EventId!.Value).ToArray() });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<List<NodeUsageRecord>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        var records = new List<NodeUsageRecord>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            records.Add(RecordOf(reader));
        }

        return records;
    }

    private NodeUsageRecord RecordOf(NpgsqlDataReader row)
    {
        var usage = (UsageRecorded)AccountCodec.Decode(UsageRecordedName, Encoding.UTF8.GetBytes(row.GetString(4)));

        if (usage.Asset != asset.ToString())
        {
            throw new ForgeException(
                $"the record at position {row.GetInt64(0)} counts in {usage.Asset}, and NODE_USAGE_ASSET is {asset}: "
                + "in a file it would be read as that", mayPass: false);
        }

        return new()
        {
            AmountCents = -usage.Amount,
            CreatedAt = row.GetFieldValue<DateTimeOffset>(1),
            Description = usage.Description ?? "",
            EventId = row.GetGuid(2),
            IdempotencyKey = usage.IdempotencyKey!,
            NodeId = usage.NodeId!,
            Position = row.GetInt64(0),
            // What an envelope brought first may lack it, and no file holds a record without.
            ResourceKind = string.IsNullOrWhiteSpace(usage.ResourceKind) ? UnknownKind : usage.ResourceKind,
            UserSid = row.GetString(3),
        };
    }
}
