namespace EventLedger.EventStore.Appending;

/// <summary>An event that is to be stored.</summary>
/// <param name="StreamId">Whose it is.</param>
/// <param name="Id">Its id, which is also the key that keeps it from being stored twice.</param>
/// <param name="Fingerprint">What tells a repetition from other content under the same id; 0 if there is none.</param>
/// <param name="Type">Its stored name.</param>
/// <param name="DotnetType">The CLR type that Marten reads it into.</param>
/// <param name="Data">Its JSON, whole numbers only.</param>
public sealed record NewEvent(
    string StreamId, Guid Id, long Fingerprint, string Type, string DotnetType, byte[] Data);
