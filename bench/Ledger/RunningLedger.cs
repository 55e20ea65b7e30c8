using System.Diagnostics;
using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Processes;
using EventLedger.Ledger.Cli;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Ledger.Bench;

/// <summary>The service as a process of its own, beside PostgreSQL with the shipped settings and a broker.</summary>
internal sealed class RunningLedger : IAsyncDisposable
{
    private const string Secret = "a secret of the benchmarks, long enough";
    private const string DatabaseName = "bench";

    private readonly PrivatePostgres cluster;
    private readonly TestNats nats;
    private readonly ChildProcess process;

    private RunningLedger(
        PrivatePostgres cluster, TestNats nats, ChildProcess process, NpgsqlDataSource database, HttpClient client,
        string token)
    {
        this.cluster = cluster;
        this.nats = nats;
        this.process = process;
        Database = database;
        Client = client;
        Token = token;
    }

    public NpgsqlDataSource Database { get; }

    public HttpClient Client { get; }

    public string Token { get; }

    public string NatsUrl => nats.Url;

    public string DatabaseUrl => cluster.DatabaseUrl(DatabaseName);

    public static async Task<RunningLedger> StartAsync()
    {
        var folder = TestFolder.Make("bench");
        var postgres = await PrivatePostgres.StartAsync(
            new() { Folder = folder, Port = FreePort.Next() }, CancellationToken.None);
        await postgres.CreateDatabaseAsync(DatabaseName, CancellationToken.None);
        var url = postgres.DatabaseUrl(DatabaseName);
        var source = EventStore.Schema.DatabaseUrl.Open(url + "?Maximum Pool Size=100", "bench");
        await WalFiles.FillAsync(source);

        var broker = await TestNats.StartAsync();
        var port = FreePort.Next();
        var environment = new Dictionary<string, string>
        {
            ["DATABASE_URL"] = url,
            ["NATS_URL"] = broker.Url,
            ["LEDGER_PORT"] = port.ToString(),
            ["JWT_SECRET"] = Secret,

            // A check of the whole ledger would begin some time in a measurement.
            ["VERIFY_INTERVAL"] = "0",
        };
        var ledger = await ChildProcess.StartAsync(Serve(environment), Path.Combine(folder, "ledger.log"));
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        };
        var token = TokenCommand.Make(
            new(environment.GetValueOrDefault), "superadmin", "bench", TimeSpan.FromHours(1));
        await Eventually.HoldsAsync(() => IsReadyAsync(client), text: "the ledger is ready");
        return new RunningLedger(postgres, broker, ledger, source, client, token);
    }

    public async Task<long> ReadAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 0;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The process takes nothing until it thaws.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    public Task ThawAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await process.DisposeAsync();
        await nats.DisposeAsync();
        await Database.DisposeAsync();
        await cluster.DisposeAsync();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/readyz");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static ChildCommand Serve(Dictionary<string, string> environment) =>
        new("ledger", "dotnet", Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "serve")
        {
            Environment = environment,
        };
}
