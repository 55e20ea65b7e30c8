namespace EventLedger.EventStore.Appending;

/// <summary>Where a transaction's events stand: consecutive positions, one time.</summary>
/// <param name="FirstPosition">The position of the first event.</param>
/// <param name="Time">The block's time, which is every event's.</param>
public readonly record struct WrittenEvents(long FirstPosition, DateTimeOffset Time);
