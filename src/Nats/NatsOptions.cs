namespace EventLedger.Nats;

/// <summary>How to reach the broker, and how long to wait for it.</summary>
public sealed record NatsOptions
{
    /// <summary><c>nats://[user:password@|token@]host[:port]</c>, or <c>tls://…</c>; several, with commas.</summary>
    public required string Url { get; init; }

    /// <summary>
    /// Gives <see cref="Url"/> as it is now, before each attempt to connect: so credentials may change while one is
    /// connected. Null where it doesn't change.
    /// </summary>
    public Func<string>? ReadUrl { get; init; }

    /// <summary>The name under which the broker lists the connection.</summary>
    public string Name { get; init; } = "eventledger";

    /// <summary>How TLS is done; null: the system's trust, only where the server or the URL wants TLS.</summary>
    public NatsTls? Tls { get; init; }

    /// <summary>The start of the subjects on which answers arrive; the account must be allowed to see them.</summary>
    public string InboxPrefix { get; init; } = "_INBOX";

    /// <summary>The limit for opening a TCP connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The limit for each step after that: the server's first line, TLS, the login.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the server is pinged, whatever else is sent.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pings without an answer after which the connection counts as dead.</summary>
    public int PingsOutstandingMax { get; init; } = 2;

    /// <summary>How long one write to the socket may take before the connection counts as dead.</summary>
    public TimeSpan WriteStallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The delay before the second attempt to connect; the first is immediate, later ones double it.</summary>
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What the delay between attempts grows to. The delay taken is random between zero and that.</summary>
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest message taken from the server, in bytes; a larger one ends the connection.</summary>
    public int ReceivedBytesMax { get; init; } = 8 * 1024 * 1024;

    /// <summary>The options without the credentials of the URL.</summary>
    public override string ToString() => $"{Name} at {ServerAddress.Redact(Url)}";
}
