namespace EventLedger.EventStore.Reading;

/// <summary>An event as it was read.</summary>
/// <param name="Position">Its place in the order of all events.</param>
/// <param name="StreamId">Whose it is.</param>
/// <param name="Version">Its place on its stream, from 1.</param>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its stored name.</param>
/// <param name="Data">
/// Its JSON in UTF-8. It lies in one piece of memory with its neighbours', which stays as long as this is kept.
/// </param>
/// <param name="Time">Its block's time.</param>
public readonly record struct StoredEvent(
    long Position, string StreamId, long Version, Guid Id, string Type, ReadOnlyMemory<byte> Data,
    DateTimeOffset Time);
