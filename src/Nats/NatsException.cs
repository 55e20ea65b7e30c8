namespace EventLedger.Nats;

/// <summary>The broker, or the way to it, failed.</summary>
public class NatsException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What arrived is not the protocol; the connection is given up.</summary>
public sealed class NatsProtocolException(string message) : NatsException(message);

/// <summary>Nobody listens on the subject of a request: for JetStream, no stream or no leader.</summary>
public sealed class NatsNoRespondersException(string subject) : NatsException($"Nobody answers on {subject}.")
{
    /// <summary>The subject of the request.</summary>
    public string Subject { get; } = subject;
}

/// <summary>The connection was lost, or closed, before the answer came: the outcome is unknown.</summary>
public sealed class NatsDisconnectedException(string message, Exception? inner = null) : NatsException(message, inner);

/// <summary>The server refused a subject to this account.</summary>
public sealed class NatsPermissionException(string message) : NatsException(message);

/// <summary>No answer came in time.</summary>
public sealed class NatsTimeoutException(string message) : NatsException(message);
