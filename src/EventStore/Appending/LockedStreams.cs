namespace EventLedger.EventStore.Appending;

/// <summary>What a transaction sees once it holds its streams: nobody changes it before the commit.</summary>
/// <param name="Versions">The version of each claimed stream that exists, before this transaction.</param>
/// <param name="Fingerprints">The fingerprint of each asked event id that is stored.</param>
public sealed record LockedStreams(
    IReadOnlyDictionary<string, long> Versions, IReadOnlyDictionary<Guid, long> Fingerprints);
