namespace EventLedger.EventStore.Proofs;

/// <summary>A proof, an anchor or a key can't be made, found or read; the message says why.</summary>
public sealed class ProofException(string message, Exception? cause = null) : Exception(message, cause);
