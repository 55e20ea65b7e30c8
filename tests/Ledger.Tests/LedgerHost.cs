using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Tests.Roles;
using EventLedger.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventLedger.Ledger.Tests;

/// <summary>
/// The service as it runs in production, as a user who may write, on an empty database and broker, and a client to it.
/// </summary>
public sealed class LedgerHost : IAsyncDisposable
{
    /// <summary>What signs the tests' tokens.</summary>
    public const string Secret = "a secret of the tests, long enough";

    private static readonly TestTemplate Migrated = new(
        database => LedgerSchema.MigrateAsync(database, CancellationToken.None));

    private readonly TestDatabase testDatabase;
    private readonly LedgerSettings settings;
    private readonly WebApplication application;
    private readonly (string Name, string Value)[] given;
    private bool isBesideAnother;

    private LedgerHost(TestDatabase database, TestNats nats, (string Name, string Value)[] given)
    {
        testDatabase = database;
        this.given = given;
        settings = Settings(given);
        application = LedgerApplication.Build(settings);
        Nats = nats;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{settings.Port}") };

        // An authority would be asked for its keys again for the sake of a token that isn't its own.
        Client.DefaultRequestHeaders.Authorization = settings.TokenAuthority is null ? Bearer("superadmin") : null;
        Sql = NpgsqlDataSource.Create(database.ConnectionString);
    }

    public TestNats Nats { get; }

    /// <summary>The database, for whoever may write.</summary>
    public string DatabaseUrl => given.First(setting => setting.Name == "DATABASE_URL").Value;

    /// <summary>Its settings, for programs beside it.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables =>
        given.Select(setting => KeyValuePair.Create(setting.Name, setting.Value));

    /// <summary>The database, for its owner.</summary>
    public string OwnerUrl => testDatabase.Url;

    public HttpClient Client { get; }

    /// <summary>The database, for its owner.</summary>
    public NpgsqlDataSource Sql { get; }

    public IServiceProvider Services => application.Services;

    /// <summary>The database, for whoever may read.</summary>
    public Task<string> ReaderUrlAsync() => Logins.ReaderAsync(testDatabase);

    public static async Task<LedgerHost> StartAsync() => await StartAsync(await Migrated.CopyAsync());

    public static async Task<LedgerHost> StartAsync(
        TestDatabase database, params (string Name, string Value)[] more) =>
        await StartAsync(database, await TestNats.StartAsync(), more);

    /// <summary>One with further settings, which come before the usual ones.</summary>
    public static async Task<LedgerHost> StartAsync(params (string Name, string Value)[] more) => await StartAsync(
        await Migrated.CopyAsync(), await TestNats.StartAsync(), more);

    /// <summary>One more service on the same database and broker, which it leaves to the first.</summary>
    public async Task<LedgerHost> StartBesideAsync()
    {
        var host = await StartAsync(testDatabase, Nats);
        host.isBesideAnother = true;
        return host;
    }

    private static async Task<LedgerHost> StartAsync(
        TestDatabase database, TestNats nats, params (string Name, string Value)[] more)
    {
        var url = await Logins.WriterAsync(database);
        var host = new LedgerHost(database, nats, All(url, nats.Url, FreePort.Next(), more));
        await host.application.StartAsync();
        await Eventually.HoldsAsync(
            async () => (await host.Client.GetAsync("/readyz")).IsSuccessStatusCode, text: "the ledger is ready");
        return host;
    }

    public static LedgerSettings Settings(
        string databaseUrl, string natsUrl, int port, params (string Name, string Value)[] more) =>
        Settings(All(databaseUrl, natsUrl, port, more));

    private static LedgerSettings Settings((string Name, string Value)[] all) =>
        new(name => all.FirstOrDefault(setting => setting.Name == name).Value);

    private static (string Name, string Value)[] All(
        string databaseUrl, string natsUrl, int port, (string Name, string Value)[] more) =>
    [
        .. more, ("DATABASE_URL", databaseUrl), ("NATS_URL", natsUrl), ("LEDGER_PORT", $"{port}"),
        ("JWT_SECRET", Secret),
    ];

    public AuthenticationHeaderValue Bearer(
        string role, string subject = "tester", string? tenant = null, TimeSpan? lifetime = null) => new(
        "Bearer",
        TokenCommand.Make(
            new LedgerSettings(name => name == "JWT_SECRET" ? Secret : null), role, subject,
            lifetime ?? TimeSpan.FromHours(1), tenant));

    public Task<HttpResponseMessage> RecordAsync(string envelope) =>
        Client.PostAsync("/billing/metering/record", new StringContent(envelope, Encoding.UTF8, "application/json"));

    /// <summary>The answer to an envelope, which must be of that status.</summary>
    public async Task<JsonElement> RecordAsync(string envelope, int status)
    {
        var response = await RecordAsync(envelope);
        var body = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, body);
        return JsonElement.Parse(body);
    }

    public async Task<JsonElement?> BalanceAsync(string customer)
    {
        var response = await Client.GetAsync($"/billing/customers/{customer}/balance");
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>() : null;
    }

    public async Task<JsonElement[]> DeadLettersAsync()
    {
        var page = await Client.GetFromJsonAsync<JsonElement>("/billing/dead-letters");
        return [.. page.GetProperty("items").EnumerateArray()];
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Sql.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Sql.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a verb of the command line with the same settings.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(params string[] args) => RunAsync(settings, args);

    /// <summary>Runs a verb of the command line.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(LedgerSettings settings, params string[] args)
    {
        var output = new StringWriter();
        var exitCode = await CommandLine.RunAsync(Verbs.Create(settings), args, output, output);
        return (exitCode, output.ToString());
    }

    /// <summary>Ends the service; its database and its broker go on.</summary>
    public Task StopServiceAsync() => application.StopAsync();

    /// <summary>Gives a log every line of every category from now on, whatever is printed.</summary>
    public void LogAllTo(KeptLog log)
    {
        Services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>().CurrentValue.Rules.Add(
            new(typeof(KeptLog).FullName, categoryName: null, LogLevel.Trace, filter: null));
        Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
    }

    /// <summary>The values of the metrics page by name and labels.</summary>
    public Task<Dictionary<string, double>> MetricsAsync() => MetricsAsync(Client);

    /// <summary>The values of a ledger's metrics page by name and labels.</summary>
    public static async Task<Dictionary<string, double>> MetricsAsync(HttpClient client) =>
        (await client.GetStringAsync("/metrics")).Split('\n').Where(line => line is not ("" or ['#', ..]))
            .ToDictionary(
                line => line[..line.LastIndexOf(' ')],
                line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>Waits until the totals have all events so far.</summary>
    public async Task RolledUpAsync()
    {
        var head = await ScalarAsync<long>("select position from head");
        await Eventually.HoldsAsync(async () => await ScalarAsync<long>(
            "select last_seq_id from mt_event_progression where name = 'statement_totals'") >= head);
    }

    /// <summary>The whole ledger passes its own check.</summary>
    public async Task ShouldVerifyAsync()
    {
        var (exitCode, output) = await RunAsync("verify");
        exitCode.ShouldBe(0, output);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await application.StopAsync();
        await application.DisposeAsync();
        await Sql.DisposeAsync();

        if (!isBesideAnother)
        {
            await Nats.DisposeAsync();
            await testDatabase.DisposeAsync();
        }
    }
}
