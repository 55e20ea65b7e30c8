namespace EventLedger.Projections.Rolling;

/// <summary>Events can't be taken in; the message says which, and by what.</summary>
public sealed class RollupException(string message, Exception cause) : Exception(message, cause);
