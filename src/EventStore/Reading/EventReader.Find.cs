namespace EventLedger.EventStore.Reading;

public sealed partial class EventReader
{
    private const string FindSql = """
        select seq_id, stream_id, version, id, type, data, timestamp from mt_events
        where seq_id = (select position from event_ids where id = $1)
        """;

    /// <summary>The event of that id, however old; null if there is none.</summary>
    public async Task<StoredEvent?> FindAsync(Guid eventId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.Add(new() { Value = eventId });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        return await reader.ReadAsync(cancellation)
            ? new StoredEvent(
                reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetGuid(3), reader.GetString(4),
                reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<DateTimeOffset>(6))
            : null;
    }
}
