namespace EventLedger.Nats;

/// <summary>The answer to a request.</summary>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its bytes, which belong to the receiver.</param>
public sealed record NatsReply(HeaderBlock Headers, ReadOnlyMemory<byte> Body);
