using EventLedger.Embedded.Nats;
using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Supervision;
using Microsoft.Extensions.Logging;

namespace EventLedger.Embedded;

/// <summary>A private PostgreSQL and nats-server that keep their state in one folder, and are kept running.</summary>
/// <param name="data">Their folder, made where it is missing.</param>
public sealed class EmbeddedServers(string data) : IAsyncDisposable
{
    /// <summary>The port of PostgreSQL when nobody asks for another.</summary>
    public const int PostgresPortDefault = 15432;

    /// <summary>The port of nats-server when nobody asks for another.</summary>
    public const int NatsPortDefault = 14222;

    private const string Database = "eventledger";

    private readonly Stack<IAsyncDisposable> opened = [];

    /// <summary>The database, as <c>DATABASE_URL</c> takes it.</summary>
    public string DatabaseUrl { get; private set; } = "";

    /// <summary>The broker, as <c>NATS_URL</c> takes it.</summary>
    public string NatsUrl { get; private set; } = "";

    /// <summary>Starts both; returns once they answer.</summary>
    /// <param name="postgresPort">PostgreSQL's port on loopback.</param>
    /// <param name="natsPort">nats-server's port on loopback.</param>
    /// <param name="supervisor">Keeps them running. It has to be disposed before this is.</param>
    /// <param name="logging">Is told what is done differently than was asked.</param>
    /// <param name="cancellation">Gives up the start.</param>
    /// <exception cref="EmbeddedException">One of them can't be started; the message says what to do.</exception>
    public async Task StartAsync(
        int postgresPort, int natsPort, Supervisor supervisor, ILoggerFactory logging, CancellationToken cancellation)
    {
        Directory.CreateDirectory(data);
        await StartPostgresAsync(postgresPort, supervisor, logging, cancellation);
        await StartNatsAsync(natsPort, supervisor, cancellation);
    }

    /// <summary>The file for what the program of that name prints.</summary>
    public static string LogFile(string data, string name) => Path.Combine(data, "logs", $"{name}.log");

    /// <summary>Lets go of their folders, once the supervisor has stopped them.</summary>
    public async ValueTask DisposeAsync()
    {
        while (opened.TryPop(out var server))
        {
            await server.DisposeAsync();
        }
    }

    private async Task StartPostgresAsync(
        int port, Supervisor supervisor, ILoggerFactory logging, CancellationToken cancellation)
    {
        var options = new PostgresOptions
        {
            Folder = Path.Combine(data, "postgres"),
            Port = port,
            PortSetting = "POSTGRES_PORT",
            LogFile = LogFile(data, "postgres"),
            Logger = logging.CreateLogger<PrivatePostgres>(),
        };

        var postgres = await PrivatePostgres.OpenAsync(options, cancellation);
        opened.Push(postgres);
        await supervisor.StartAsync(new("postgres", postgres.LaunchAsync), cancellation);
        await postgres.CreateDatabaseAsync(Database, cancellation);
        DatabaseUrl = postgres.DatabaseUrl(Database);
    }

    private async Task StartNatsAsync(int port, Supervisor supervisor, CancellationToken cancellation)
    {
        var options = new NatsOptions
        {
            Folder = Path.Combine(data, "nats"),
            Port = port,
            PortSetting = "NATS_PORT",
            LogFile = LogFile(data, "nats-server"),
        };

        var nats = await PrivateNats.OpenAsync(options, cancellation);
        opened.Push(nats);
        await supervisor.StartAsync(new("nats-server", nats.LaunchAsync), cancellation);
        NatsUrl = nats.Url;
    }
}
