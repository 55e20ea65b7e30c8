namespace EventLedger.Projections.Rebuilding;

/// <summary>A rebuild that can't begin or go on; what is in use is as it was.</summary>
/// <param name="message">Why, for an operator.</param>
public sealed class RebuildException(string message) : Exception(message);
