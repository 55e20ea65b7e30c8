namespace EventLedger.Projections.Statements;

/// <summary>Events can't be summed into statement totals; the message says which.</summary>
public sealed class StatementException(string message, Exception cause) : Exception(message, cause);
