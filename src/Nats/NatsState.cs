namespace EventLedger.Nats;

/// <summary>Where a connection is in its life.</summary>
public enum NatsState
{
    /// <summary>No server answers yet, or none does any more; attempts go on for ever.</summary>
    Connecting,

    /// <summary>A server has accepted the login.</summary>
    Connected,

    /// <summary>Nothing new is taken; what is under way is being finished.</summary>
    Draining,

    /// <summary>The end; a closed connection stays closed.</summary>
    Closed,
}

/// <summary>A change of a connection's state.</summary>
/// <param name="State">The new state.</param>
/// <param name="Server">The server concerned, <c>host:port</c>; null where there is none.</param>
/// <param name="Reason">Why the connection was lost, or the attempt failed.</param>
public readonly record struct NatsStateChange(NatsState State, string? Server, Exception? Reason);
