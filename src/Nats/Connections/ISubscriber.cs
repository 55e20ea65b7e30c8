namespace EventLedger.Nats;

/// <summary>
/// A part of the client that listens on one subject, through every connection there will be. All calls come under the
/// connection's lock or from its read loop: they never block and never throw.
/// </summary>
internal interface ISubscriber
{
    /// <summary>The subject, subscribed anew on each connection before <see cref="OnConnected"/>.</summary>
    string Subject { get; }

    /// <summary>A connection is ready; what is to be said again is said now.</summary>
    void OnConnected(Link link);

    /// <summary>The connection has ended, and with it everything that was not yet sent.</summary>
    void OnDisconnected(Exception reason);

    /// <summary>A message came. Its slices are valid during the call.</summary>
    void OnMessage(in Frame message);

    /// <summary>The server refused a subject that may be this subscriber's.</summary>
    void OnPermissionViolation(PermissionViolation violation);

    /// <summary>Takes nothing new, and finishes what is under way unless cancelled before.</summary>
    Task DrainAsync(CancellationToken cancellation);

    /// <summary>The connection is closed for good.</summary>
    void OnClosed();
}
