namespace EventLedger.Nats;

/// <summary>The stream has the message.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Sequence">The message's place in it; for a duplicate, that of the first.</param>
/// <param name="Duplicate">Whether a message with this id was already there.</param>
public readonly record struct PubAck(string Stream, ulong Sequence, bool Duplicate);
