namespace EventLedger.EventStore.Appending;

/// <summary>A stream that a transaction will append to.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="EventsExpected">How many events it will likely get. A wrong guess costs a second update.</param>
public readonly record struct StreamClaim(string StreamId, int EventsExpected);
