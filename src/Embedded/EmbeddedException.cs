namespace EventLedger.Embedded;

/// <summary>A private server can't run; the message says why and what to do, for the person at the terminal.</summary>
public sealed class EmbeddedException(string message) : Exception(message);
