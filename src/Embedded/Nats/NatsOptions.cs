namespace EventLedger.Embedded.Nats;

/// <summary>A private nats-server.</summary>
public sealed record NatsOptions
{
    /// <summary>Holds the streams and the settings, and is nobody else's.</summary>
    public required string Folder { get; init; }

    /// <summary>The port on 127.0.0.1.</summary>
    public required int Port { get; init; }

    /// <summary>What to change when the port is taken, as the message names it.</summary>
    public string PortSetting { get; init; } = "another port";

    /// <summary>The file for what the server prints; in the folder by default.</summary>
    public string? LogFile { get; init; }

    /// <summary>Further lines of the server's settings file.</summary>
    public string Settings { get; init; } = "";
}
