using System.CommandLine;
using EventLedger.Embedded;
using EventLedger.Embedded.Running;
using EventLedger.Embedded.Supervision;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger serve</c>: runs the service until it is told to stop.</summary>
internal static class ServeCommand
{
    private const string DataDefault = ".local";

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var embedded = new Option<bool>("--embedded")
        {
            Description = "Start a private PostgreSQL and nats-server, for trying it out; never in production.",
        };
        var data = new Option<string>("--data")
        {
            Description = "Where --embedded keeps its state.",
            DefaultValueFactory = _ => DataDefault,
        };
        var command = new Verb(
            "serve",
            "Run the service: intake from NATS_URL, HTTP API on LEDGER_PORT.",
            ["ledger serve", "ledger serve --embedded --data .local"],
            "Needs DATABASE_URL, NATS_URL, and JWT_SECRET or JWT_AUTHORITY.")
        {
            embedded, data,
        };
        command.SetAction((parsed, cancellation) => parsed.GetValue(embedded)
            ? ServeEmbeddedAsync(settings, Path.GetFullPath(parsed.GetRequiredValue(data)), cancellation)
            : ServeAsync(settings, cancellation));
        return command;
    }

    private static async Task<int> ServeAsync(LedgerSettings settings, CancellationToken cancellation)
    {
        await using var application = LedgerApplication.Build(settings);
        await application.RunAsync(cancellation);
        return Environment.ExitCode;
    }

    private static async Task<int> ServeEmbeddedAsync(
        LedgerSettings settings, string data, CancellationToken cancellation)
    {
        // Disposed from the last to the first: the supervisor would start again what is stopped below it.
        using var logging = StderrLogging.Create();
        await using var servers = new EmbeddedServers(data);
        await using var supervisor = new Supervisor(TimeProvider.System, logging.CreateLogger<Supervisor>());
        await servers.StartAsync(
            settings.EmbeddedPostgresPort, settings.EmbeddedNatsPort, supervisor, logging, cancellation);

        return await ServeAsync(settings.WithEmbedded(servers, data), cancellation);
    }
}
