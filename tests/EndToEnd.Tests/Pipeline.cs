using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EventLedger.Contracts;
using EventLedger.Embedded.Processes;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventLedger.EndToEnd.Tests;

/// <summary>Gateway, proxy, broker, ledger and database, each of which a test may end on its own.</summary>
internal sealed class Pipeline : IAsyncDisposable
{
    public const string Source = "gateway-1";

    private const string JwtSecret = "a secret of the tests, long enough";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    // What a killed ledger held is delivered again after half a minute.
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(80);

    private readonly string folder = TestFolder.Make("pipeline");
    private readonly TestDatabase database;
    private readonly Gateway gateway;
    private readonly NatsConnection connection;
    private readonly NpgsqlDataSource sql;
    private readonly int ledgerPort = FreePort.Next();
    private readonly int proxyPort = FreePort.Next();
    private ChildProcess? ledger;
    private ChildProcess? proxy;

    private Pipeline(TestDatabase database, TestNats nats, Gateway gateway)
    {
        (this.database, Nats, this.gateway) = (database, nats, gateway);
        connection = NatsConnection.Start(
            new NatsOptions { Url = nats.Url }, NullLoggerFactory.Instance, TimeProvider.System);
        JetStream = new JetStream(connection);
        sql = NpgsqlDataSource.Create(database.ConnectionString);
        Proxy = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxyPort}") };
        Ledger = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ledgerPort}") };
    }

    public TestNats Nats { get; }

    public JetStream JetStream { get; }

    public HttpClient Proxy { get; }

    public HttpClient Ledger { get; }

    public static async Task<Pipeline> StartAsync()
    {
        var pipeline = new Pipeline(
            await TestPostgres.CreateDatabaseAsync(), await TestNats.StartAsync(), await Gateway.StartAsync());
        await pipeline.StartLedgerAsync();
        await pipeline.StartProxyAsync();
        var (_, token) = await pipeline.RunVerbAsync("token", "--role", "superadmin", "--subject", "tester");
        pipeline.Ledger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return pipeline;
    }

    public async Task StartLedgerAsync()
    {
        ledger = await ChildProcess.StartAsync(Verb("serve"), Path.Combine(folder, "ledger.log"));
        await Eventually.HoldsAsync(() => AnswersAsync(Ledger, "/readyz"));
    }

    /// <summary>Ends the ledger as a crash does.</summary>
    public async Task KillLedgerAsync()
    {
        ledger!.Send(Signal.Kill);
        await ledger.Exited.WaitAsync(StopLimit);
        await ledger.DisposeAsync();
    }

    /// <summary>Ends the proxy as a crash does, and starts it again on the same spool.</summary>
    public async Task RestartProxyAsync()
    {
        proxy!.Send(Signal.Kill);
        await proxy.Exited.WaitAsync(StopLimit);
        await proxy.DisposeAsync();
        await StartProxyAsync();
    }

    /// <summary>Sends requests that cost something; no customer or no tenant for null.</summary>
    public async Task SendAsync(int first, int count, string? customer = "amina", string? tenant = "tenant-acme") =>
        await Parallel.ForAsync(first, first + count, async (n, cancellation) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
            request.Headers.Add("X-Request-Id", $"request-{n}");
            request.Headers.TryAddWithoutValidation("x-customer-id", customer ?? "");
            request.Headers.TryAddWithoutValidation("x-tenant-id", tenant ?? "");
            request.Content = new StringContent("{}");
            using var response = await Proxy.SendAsync(request, cancellation);
            response.EnsureSuccessStatusCode();
        });

    /// <summary>What the proxy counted over all hours.</summary>
    public async Task<long> CountedAsync(string what) =>
        JsonElement.Parse(await Proxy.GetStringAsync("/metrics")).GetProperty("hours").EnumerateObject()
            .Sum(hour => hour.Value.GetProperty(what).GetInt64());

    /// <summary>Publishes the body of a message of the stream again, as another message.</summary>
    public async Task CopyAsync(int sequence)
    {
        var found = await AskAsync($"STREAM.MSG.GET.{UsageStream.Name}", $$"""{"seq":{{sequence}}}""");
        var body = found.GetProperty("message").GetProperty("data").GetBytesFromBase64();
        await connection.PublishAsync(UsageStream.Subject, body, CancellationToken.None);
    }

    /// <summary>Removes the newest message of the stream.</summary>
    public async Task RemoveNewestAsync()
    {
        var stream = await JetStream.GetStreamAsync(UsageStream.Name, CancellationToken.None);
        await AskAsync(
            $"STREAM.MSG.DELETE.{UsageStream.Name}", $$"""{"seq":{{stream!.State.LastSequence}}}""");
    }

    /// <summary>Waits until the proxy has published all, and the ledger has settled it.</summary>
    public Task SettlesAsync() => Eventually.HoldsAsync(
        async () => await CountedAsync("spooled") == 0
            && await JetStream.FindOldestUnsettledAsync(
                UsageStream.Name, UsageStream.Consumer, UsageStream.Subject, CancellationToken.None) is null,
        SettleLimit);

    /// <summary>
    /// Waits until the ledger has heard that so many were published, and lets the figures be a minute old.
    /// </summary>
    public async Task HearsAsync(long published)
    {
        await Eventually.BecomesAsync(
            () => ScalarAsync("select coalesce(sum(published), 0)::bigint from source_reports"),
            found => found == published);
        await ScalarAsync("""
            with aged as (
                update source_reports set changed_at = changed_at - interval '61 seconds' returning source)
            select count(*) from aged
            """);
    }

    public async Task<long> ScalarAsync(string statement)
    {
        await using var command = sql.CreateCommand(statement);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task<(int ExitCode, string Output)> RunVerbAsync(params string[] args)
    {
        var log = Path.Combine(folder, $"verb-{Guid.NewGuid():n}.log");
        await using var process = await ChildProcess.StartAsync(Verb(args), log);
        return (await process.Exited.WaitAsync(StopLimit), await File.ReadAllTextAsync(log));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { proxy, ledger })
        {
            process?.Send(Signal.Kill);
            await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        Proxy.Dispose();
        Ledger.Dispose();
        await connection.DisposeAsync();
        await sql.DisposeAsync();
        await gateway.DisposeAsync();
        await Nats.DisposeAsync();
        await database.DisposeAsync();
        TestFolder.Remove(folder);
    }

    private async Task StartProxyAsync()
    {
        var program = Path.Combine(ProjectFolder.Root, "src/Proxy/bin/Release/net10.0/metering-proxy.dll");
        var command = new ChildCommand("proxy", "dotnet", program)
        {
            Environment = new Dictionary<string, string>
            {
                ["NATS_URL"] = Nats.Url,
                ["NEWAPI_UPSTREAM_URL"] = gateway.Url,
                ["LISTEN_PORT"] = $"{proxyPort}",
                ["SPOOL_DIR"] = Path.Combine(folder, "spool"),
                ["USAGE_SOURCE"] = Source,
            },
        };
        proxy = await ChildProcess.StartAsync(command, Path.Combine(folder, "proxy.log"));
        await Eventually.HoldsAsync(() => AnswersAsync(Proxy, "/healthz"));
    }

    private ChildCommand Verb(params string[] args)
    {
        var program = Path.Combine(ProjectFolder.Root, "src/Ledger/bin/Release/net10.0/ledger.dll");
        return new("ledger", "dotnet", [program, .. args])
        {
            Environment = new Dictionary<string, string>
            {
                ["DATABASE_URL"] = database.Url,
                ["NATS_URL"] = Nats.Url,
                ["LEDGER_PORT"] = $"{ledgerPort}",
                ["JWT_SECRET"] = JwtSecret,
            },
        };
    }

    private async Task<JsonElement> AskAsync(string subject, string request)
    {
        var reply = await connection.RequestAsync(
            $"$JS.API.{subject}", Encoding.UTF8.GetBytes(request), StopLimit, CancellationToken.None);
        var answer = JsonElement.Parse(reply.Body.Span);
        answer.TryGetProperty("error", out var error).ShouldBeFalse($"{subject}: {error}");
        return answer;
    }

    private static async Task<bool> AnswersAsync(HttpClient client, string path)
    {
        try
        {
            using var answer = await client.GetAsync(path);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
