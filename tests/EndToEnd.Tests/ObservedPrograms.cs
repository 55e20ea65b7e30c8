using EventLedger.Embedded.Processes;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.EndToEnd.Tests;

/// <summary>A proxy and a ledger as processes of their own, on a broker and a database, with more settings.</summary>
internal sealed class ObservedPrograms : IAsyncDisposable
{
    public const string JwtSecret = "the jwt secret that nobody exports";
    public const string DatabasePassword = "the-database-password";

    /// <summary>What clients let themselves in with.</summary>
    public const string Key = "sk-the-key-of-a-client";

    /// <summary>The span that clients ask in.</summary>
    public const string CallerSpan = "00f067aa0ba902b7";

    private readonly Gateway gateway;
    private readonly TestDatabase database;
    private readonly (string Name, string Value)[] settings;
    private readonly string folder = TestFolder.Make("observed");
    private readonly int proxyPort = FreePort.Next();
    private readonly int ledgerPort = FreePort.Next();
    private ChildProcess? proxy;
    private ChildProcess? ledger;

    private ObservedPrograms(Gateway gateway, TestDatabase database, TestNats nats, (string, string)[] settings)
    {
        (this.gateway, this.database, Nats, this.settings) = (gateway, database, nats, settings);
        Proxy = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxyPort}") };
        Ledger = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ledgerPort}") };
        Sql = NpgsqlDataSource.Create(database.ConnectionString);
    }

    public TestNats Nats { get; }

    public HttpClient Proxy { get; }

    public HttpClient Ledger { get; }

    public NpgsqlDataSource Sql { get; }

    /// <summary>What both have printed.</summary>
    public string Printed => string.Concat(
        Directory.GetFiles(folder, "*.log").Select(file => File.ReadAllText(file)));

    public static async Task<ObservedPrograms> StartAsync(params (string Name, string Value)[] settings)
    {
        var programs = new ObservedPrograms(
            await Gateway.StartAsync(), await TestPostgres.CreateDatabaseAsync(), await TestNats.StartAsync(),
            settings);
        programs.ledger = await programs.StartAsync("src/Ledger", "ledger.dll", "serve");
        await programs.StartProxyAsync();
        await programs.AnswersAsync(programs.Ledger, "/readyz");
        return programs;
    }

    /// <summary>Starts the proxy, which goes on with the spool of the one before.</summary>
    public async Task StartProxyAsync()
    {
        proxy = await StartAsync("src/Proxy", "metering-proxy.dll");
        await AnswersAsync(Proxy, "/healthz");
    }

    public async Task KillProxyAsync()
    {
        proxy!.Send(Signal.Kill);
        await proxy.DisposeAsync();
    }

    /// <summary>Asks for a completion in a trace, and tells how it was answered.</summary>
    public async Task AskAsync(string traceId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Add("traceparent", $"00-{traceId}-{CallerSpan}-01");
        request.Headers.Add("x-customer-id", "amina");
        request.Headers.Add("x-tenant-id", "tenant");
        request.Headers.Add("X-Request-Id", "r-1");
        request.Headers.Add("Authorization", $"Bearer {Key}");
        request.Content = new StringContent("{}");
        using var answer = await Proxy.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<long> EventsAsync()
    {
        await using var count = Sql.CreateCommand("select count(*) from mt_events where type = 'usage_recorded'");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    /// <summary>The files that the programs have in memory.</summary>
    public string LoadedFiles() =>
        File.ReadAllText($"/proc/{proxy!.Id}/maps") + File.ReadAllText($"/proc/{ledger!.Id}/maps");

    /// <summary>Stops both in order, and gives their exit codes.</summary>
    public async Task<int[]> StopAsync()
    {
        proxy!.Send(Signal.Terminate);
        ledger!.Send(Signal.Terminate);
        return await Task.WhenAll(proxy.Exited, ledger.Exited).WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        Proxy.Dispose();
        Ledger.Dispose();
        await Sql.DisposeAsync();
        await proxy!.DisposeAsync();
        await ledger!.DisposeAsync();
        await gateway.DisposeAsync();
        await Nats.DisposeAsync();
        await database.DisposeAsync();
    }

    private Task<ChildProcess> StartAsync(string project, string program, params string[] arguments)
    {
        var environment = new Dictionary<string, string>
        {
            ["DATABASE_URL"] = database.Url.Replace("@", $":{DatabasePassword}@"),
            ["NATS_URL"] = Nats.Url,
            ["LEDGER_PORT"] = $"{ledgerPort}",
            ["JWT_SECRET"] = JwtSecret,
            ["NEWAPI_UPSTREAM_URL"] = gateway.Url,
            ["LISTEN_PORT"] = $"{proxyPort}",
            ["SPOOL_DIR"] = Path.Combine(folder, "spool"),
        };

        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var path = Path.Combine(ProjectFolder.Root, project, "bin/Release/net10.0", program);
        return ChildProcess.StartAsync(
            new(program, "dotnet", [path, .. arguments]) { Environment = environment },
            Path.Combine(folder, $"{program}-{Guid.NewGuid():n}.log"));
    }

    private async Task AnswersAsync(HttpClient client, string path) => await Eventually.HoldsAsync(async () =>
    {
        try
        {
            return (await client.GetAsync(path)).IsSuccessStatusCode;
        }
        catch (HttpRequestException) when (!proxy!.Exited.IsCompleted && !ledger!.Exited.IsCompleted)
        {
            return false;
        }
    });
}
