using System.Text;
using EventLedger.Accounts;
using EventLedger.NodeBilling.Otoml;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>A part of what was recorded here.</summary>
/// <param name="Records">The records, in the order of their positions.</param>
/// <param name="Last">The last position that was looked at.</param>
internal sealed record RecordedPage(IReadOnlyList<NodeUsageRecord> Records, long Last);

/// <summary>Reads the node usage that was recorded in this ledger, and not what came to it from elsewhere.</summary>
/// <param name="database">The ledger's database.</param>
internal sealed class RecordedUsage(NpgsqlDataSource database)
{
    /// <summary>The most positions that one statement looks at.</summary>
    public const int PositionsMax = 200_000;

    /// <summary>The most records of one page.</summary>
    public const int RecordsMax = 5_000;

    private const string UsageRecordedName = "usage_recorded";

    // Offset 0 keeps the look-up of sightings to the few events that are left.
    private const string ReadSql = $"""
        select seq_id, timestamp, id, stream_id, data::text
        from (select seq_id, timestamp, id, stream_id, data from mt_events
            where seq_id > $1 and seq_id <= $2 and type = '{UsageRecordedName}' and data ? 'node_id' offset 0) as usage
        where exists (select from node_sightings where event_id = usage.id and rail = $3)
        order by seq_id limit $4
        """;

    /// <summary>What was recorded after a position, up to another one or as far as a page goes.</summary>
    public async Task<RecordedPage> ReadAsync(long after, long head, CancellationToken cancellation)
    {
        var last = Math.Min(head, after + PositionsMax);
        var records = new List<NodeUsageRecord>();
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = last });
        command.Parameters.Add(new() { Value = Rail.Node.Name });
        command.Parameters.Add(new() { Value = (long)RecordsMax });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            records.Add(RecordOf(reader));
        }

        return new RecordedPage(records, records.Count == RecordsMax ? records[^1].Position!.Value : last);
    }

    private static NodeUsageRecord RecordOf(NpgsqlDataReader row)
    {
        var usage = (UsageRecorded)AccountCodec.Decode(UsageRecordedName, Encoding.UTF8.GetBytes(row.GetString(4)));

        return new()
        {
            AmountCents = -usage.Amount,
            CreatedAt = row.GetFieldValue<DateTimeOffset>(1),
            Description = usage.Description ?? "",
            EventId = row.GetGuid(2),
            IdempotencyKey = usage.IdempotencyKey!,
            NodeId = usage.NodeId!,
            Position = row.GetInt64(0),
            ResourceKind = usage.ResourceKind!,
            UserSid = row.GetString(3),
        };
    }
}
