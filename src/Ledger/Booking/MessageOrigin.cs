namespace EventLedger.Ledger.Booking;

/// <summary>The message of the stream that an envelope came in: it is kept at most once.</summary>
/// <param name="PublishedAt">When the broker stored it.</param>
/// <param name="StreamSequence">Its number in the stream, which begins anew when the stream is made anew.</param>
/// <param name="Body">Its bytes as they came.</param>
public readonly record struct MessageOrigin(DateTimeOffset PublishedAt, long StreamSequence, ReadOnlyMemory<byte> Body);
