namespace EventLedger.Nats;

/// <summary>
/// One life of a consumer, on one run of a server; only what was delivered in it may be acknowledged in it. After the
/// store was wiped the same names and sequences exist again, and an old acknowledgement would mark messages that nobody
/// has seen. A server that was killed has forgotten deliveries, and takes an acknowledgement of one of them for a floor
/// below which all is done (2.9.10). Dropped acknowledgements cost no more than a delivery.
/// </summary>
/// <param name="ServerId">The run of the server.</param>
/// <param name="StreamCreated">When the stream was created.</param>
/// <param name="ConsumerCreated">When the consumer was created.</param>
internal sealed record ConsumerSession(
    string ServerId, DateTimeOffset StreamCreated, DateTimeOffset ConsumerCreated)
{
    // Once it was restarted, server 2.9.10 tells a consumer's creation a fraction of a millisecond later than before.
    private static readonly TimeSpan CreationDriftMax = TimeSpan.FromSeconds(1);

    /// <summary>Whether it is the same consumer of the same stream, on whichever run of the server.</summary>
    public bool IsOfSameConsumer(ConsumerSession other) => StreamCreated == other.StreamCreated
        && (ConsumerCreated - other.ConsumerCreated).Duration() < CreationDriftMax;
}
