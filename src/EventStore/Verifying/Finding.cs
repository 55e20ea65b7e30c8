namespace EventLedger.EventStore.Verifying;

/// <summary>Something in the ledger that isn't what it must be.</summary>
/// <param name="Position">The first position that is wrong; null where no position is, as for a balance.</param>
/// <param name="Message">What is wrong, and what it should be.</param>
public sealed record Finding(long? Position, string Message);
