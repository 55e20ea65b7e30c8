namespace EventLedger.Nats;

/// <summary>
/// One life of a stream and its consumer. After the store was wiped both may exist again, with the same names and
/// sequences that begin at 1: an acknowledgement from the life before would then mark messages that nobody has seen.
/// </summary>
/// <param name="StreamCreated">When the stream was created.</param>
/// <param name="ConsumerCreated">When the consumer was created.</param>
internal sealed record ConsumerSession(DateTimeOffset StreamCreated, DateTimeOffset ConsumerCreated);
