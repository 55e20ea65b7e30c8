using EventLedger.Embedded.Processes;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventLedger.Embedded.Postgres;

/// <summary>
/// A PostgreSQL server of our own: own folder, own user, loopback and a unix socket only, real fsync, no password.
/// It ends when we end.
/// </summary>
public sealed partial class PrivatePostgres : IAsyncDisposable
{
    /// <summary>The cluster's owner, whom every connection is.</summary>
    public const string Owner = "eventledger";

    /// <summary>How often a server that ends while it starts is started again.</summary>
    public const int StartAttemptsMax = 20;

    // The backends of a killed server linger for a moment, and hold its memory for as long.
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(50);

    // Recovery after a crash has to replay up to max_wal_size.
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromMinutes(10);

    private readonly PostgresOptions options;
    private readonly PostgresPlace place;
    private readonly PostgresSize size;
    private readonly IDisposable folderLock;

    private PrivatePostgres(PostgresOptions options, PostgresPlace place, PostgresSize size, IDisposable folderLock)
    {
        this.options = options;
        this.place = place;
        this.size = size;
        this.folderLock = folderLock;
    }

    /// <summary>The running server, or the last one that ran.</summary>
    public ChildProcess? Process { get; private set; }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port => options.Port;

    /// <summary>The folder that holds the cluster.</summary>
    public string Folder => place.Folder;

    /// <summary>Makes the cluster where there is none yet, starts the server, and waits until it answers.</summary>
    public static async Task<PrivatePostgres> StartAsync(PostgresOptions options, CancellationToken cancellation)
    {
        var postgres = await OpenAsync(options, cancellation);

        try
        {
            await postgres.LaunchAsync(cancellation);
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes the folder, without starting a server yet.</summary>
    public static async Task<PrivatePostgres> OpenAsync(PostgresOptions options, CancellationToken cancellation)
    {
        var found = await PostgresPlace.FindAsync(options.Folder, cancellation);

        if (found.Folder != Path.GetFullPath(options.Folder))
        {
            LogElsewhere(options.Logger, found.RunAs?.Name, options.Folder, found.Folder);
        }

        var held = await FolderLock.TakeAsync(found.Folder, cancellation);
        var suited = options.Size ?? PostgresSize.ForMachine(found.Folder);

        if (options.Size is null && suited != PostgresSize.Full)
        {
            LogSize(options.Logger, suited);
        }

        return new(options, found, suited, held);
    }

    /// <summary>Starts the server, after a crash too, and waits until it answers.</summary>
    public async Task<ChildProcess> LaunchAsync(CancellationToken cancellation)
    {
        var programs = Programs.PostgresFolder();
        await EndAsync();
        await new PostgresCluster(place, programs).PrepareAsync(cancellation);
        await Ports.EnsureFreeAsync(Port, options.PortSetting, cancellation);
        WriteSettings();

        for (var attempt = 1; ; attempt++)
        {
            Process = await ChildProcess.StartAsync(ServerCommand(programs), LogFile);

            if (await AnswersAsync(Process, cancellation))
            {
                return Process;
            }

            if (attempt == StartAttemptsMax)
            {
                throw new EmbeddedException($"PostgreSQL does not start. It says: {Process.LastWords}");
            }

            await EndAsync();
            await Task.Delay(AttemptDelay, cancellation);
        }
    }

    /// <summary>Makes a database unless it is there.</summary>
    public async Task CreateDatabaseAsync(string name, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(MaintenanceConnection);
        await connection.OpenAsync(cancellation);

        try
        {
            await using var create = new NpgsqlCommand($"create database \"{name}\"", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            // There already: what the caller wants.
        }
    }

    /// <summary>A database of this server, as a URL.</summary>
    public string DatabaseUrl(string name) => $"postgres://{Owner}@127.0.0.1:{Port}/{name}";

    /// <summary>A database of this server, as Npgsql wants it.</summary>
    public string ConnectionString(string name) => $"Host=127.0.0.1;Port={Port};Username={Owner};Database={name}";

    /// <summary>Stops the server, cleanly, and lets go of the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        folderLock.Dispose();
    }

    private string LogFile => options.LogFile ?? Path.Combine(place.Folder, "postgres.log");

    private string MaintenanceConnection => ConnectionString("postgres") + ";Pooling=false;Timeout=5";

    // Interrupt is PostgreSQL's fast shutdown. A kill would leave its backends and its shared memory behind.
    private ChildCommand ServerCommand(string programs) => new(
        "postgres", Path.Combine(programs, "postgres"), "-D", place.Data, "-c", $"config_file={place.Settings}")
    {
        RunAs = place.RunAs,
        WorkingFolder = place.Folder,
        StopSignal = Signal.Interrupt,
        DeathSignal = Signal.Interrupt,
    };

    private ValueTask EndAsync() => Process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void WriteSettings()
    {
        var socketFolder = place.SocketFolder(Port);
        PostgresPlace.MakeFolder(socketFolder, place.RunAs);
        File.WriteAllText(
            place.Settings, PostgresSettings.Compose(PostgresSettings.Shipped(), size, Port, socketFolder));

        if (place.RunAs is { } user)
        {
            Posix.GiveTo(user, place.Settings);
        }
    }

    // False when the server has ended instead.
    private async Task<bool> AnswersAsync(ChildProcess server, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; waited < RecoveryLimit; waited += ProbeInterval)
        {
            if (await TryConnectAsync(cancellation))
            {
                return true;
            }

            if (await Task.WhenAny(server.Exited, Task.Delay(ProbeInterval, cancellation)) == server.Exited)
            {
                return false;
            }
        }

        throw new EmbeddedException($"PostgreSQL does not answer. It says: {server.LastWords}");
    }

    private async Task<bool> TryConnectAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = new NpgsqlConnection(MaintenanceConnection);
            await connection.OpenAsync(cancellation);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    [LoggerMessage(
        LogLevel.Warning, "User {User}, who runs PostgreSQL, can't reach {Asked}: its data is in {Folder} instead.")]
    private static partial void LogElsewhere(ILogger logger, string? user, string asked, string folder);

    [LoggerMessage(LogLevel.Information, "PostgreSQL is sized for this machine, below what is shipped: {Size}.")]
    private static partial void LogSize(ILogger logger, PostgresSize size);
}
