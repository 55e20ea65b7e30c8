using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Embedded.Postgres;

/// <summary>A private PostgreSQL cluster.</summary>
public sealed record PostgresOptions
{
    /// <summary>Holds the cluster, its socket and its settings, and is nobody else's.</summary>
    public required string Folder { get; init; }

    /// <summary>The port on 127.0.0.1.</summary>
    public required int Port { get; init; }

    /// <summary>What to change when the port is taken, as the message names it.</summary>
    public string PortSetting { get; init; } = "another port";

    /// <summary>The file for what the server prints; in the folder by default.</summary>
    public string? LogFile { get; init; }

    /// <summary>How much memory and disk it may use; by default what suits the machine.</summary>
    public PostgresSize? Size { get; init; }

    /// <summary>Is told where something is done differently than was asked.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
