using System.Runtime.CompilerServices;

namespace EventLedger.EventStore.Reading;

public sealed partial class EventReader
{
    /// <summary>Events of one stream that are read with one statement.</summary>
    public const int StreamPageMax = 1000;

    private const string VersionSql = "select version from mt_streams where id = $1";

    // Each partition has its index on stream and version. Those below the position reached are not asked again.
    private const string StreamSql = """
        select seq_id, version, id, type, data, timestamp from mt_events
        where stream_id = $1 and version between $2 and $3 and seq_id > $4 order by version limit $5
        """;

    /// <summary>
    /// The events of one stream in the order of their versions, up to the version that it has now; none for a stream
    /// that doesn't exist.
    /// </summary>
    public async IAsyncEnumerable<StoredEvent> ReadStreamAsync(
        string streamId, long fromVersion = 1, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var last = await ReadVersionAsync(streamId, cancellation);
        var position = 0L;

        while (fromVersion <= last)
        {
            var page = await ReadStreamPageAsync(streamId, fromVersion, last, position, cancellation);

            foreach (var @event in page)
            {
                yield return @event;
            }

            (fromVersion, position) = page is [.., var newest]
                ? (newest.Version + 1, newest.Position)
                : throw new InvalidDataException(
                    $"Stream {streamId} is at version {last}, but has no event from version {fromVersion} on.");
        }
    }

    private async Task<long> ReadVersionAsync(string streamId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(VersionSql);
        command.Parameters.Add(new() { Value = streamId });
        return await command.ExecuteScalarAsync(cancellation) as long? ?? 0;
    }

    private async Task<List<StoredEvent>> ReadStreamPageAsync(
        string streamId, long firstVersion, long lastVersion, long afterPosition, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(StreamSql);
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = firstVersion });
        command.Parameters.Add(new() { Value = lastVersion });
        command.Parameters.Add(new() { Value = afterPosition });
        command.Parameters.Add(new() { Value = StreamPageMax });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var events = new List<StoredEvent>();

        while (await reader.ReadAsync(cancellation))
        {
            events.Add(new StoredEvent(
                reader.GetInt64(0), streamId, reader.GetInt64(1), reader.GetGuid(2), reader.GetString(3),
                reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<DateTimeOffset>(5)));
        }

        return events;
    }
}
