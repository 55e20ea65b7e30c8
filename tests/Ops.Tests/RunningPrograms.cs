using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using EventLedger.Ledger;
using EventLedger.Ledger.Settings;
using EventLedger.Proxy;
using EventLedger.Proxy.Settings;
using EventLedger.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventLedger.Ops.Tests;

/// <summary>A ledger and a proxy as they run in production, after one request that was metered and booked.</summary>
public sealed class RunningPrograms : IAsyncLifetime
{
    private readonly ConcurrentQueue<Instrument> instruments = new();
    private readonly MeterListener listener = new();
    private WebApplication? upstream;
    private WebApplication? ledger;
    private WebApplication? proxy;
    private TestDatabase? database;
    private TestNats? nats;

    /// <summary>The port of the ledger.</summary>
    public int LedgerPort { get; } = FreePort.Next();

    /// <summary>The port of the proxy.</summary>
    public int ProxyPort { get; } = FreePort.Next();

    /// <summary>The broker.</summary>
    public string NatsUrl => nats!.Url;

    /// <summary>The database that the ledger writes to.</summary>
    public NpgsqlDataSource Sql { get; private set; } = null!;

    /// <summary>What the ledger shows a scraper.</summary>
    public string LedgerPage { get; private set; } = "";

    /// <summary>What the proxy shows a scraper.</summary>
    public string ProxyPage { get; private set; } = "";

    /// <summary>The ledger's description of its HTTP API.</summary>
    public string Api { get; private set; } = "";

    /// <summary>The instruments of our meters.</summary>
    public IEnumerable<Instrument> Instruments => instruments;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name.StartsWith("EventLedger."))
            {
                instruments.Enqueue(instrument);
            }
        };
        listener.Start();
        database = await TestPostgres.CreateDatabaseAsync();
        nats = await TestNats.StartAsync();
        Sql = NpgsqlDataSource.Create(database.ConnectionString);
        var gatewayPort = FreePort.Next();
        upstream = Gateway(gatewayPort);
        ledger = LedgerApplication.Build(new LedgerSettings(Variables(
            ("DATABASE_URL", database.Url), ("NATS_URL", nats.Url), ("LEDGER_PORT", $"{LedgerPort}"),
            ("JWT_SECRET", "a secret of the tests, long enough"))));
        proxy = ProxyApplication.Build(ProxySettings.Read(Variables(
            ("NATS_URL", nats.Url), ("NEWAPI_UPSTREAM_URL", $"http://127.0.0.1:{gatewayPort}"),
            ("LISTEN_PORT", $"{ProxyPort}"), ("SPOOL_DIR", TestFolder.Make("spool")))));
        await Task.WhenAll(upstream.StartAsync(), ledger.StartAsync(), proxy.StartAsync());
        await MeterOneAsync();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var application in new[] { proxy!, ledger!, upstream! })
        {
            await application.StopAsync();
            await application.DisposeAsync();
        }

        listener.Dispose();
        await Sql.DisposeAsync();
        await nats!.DisposeAsync();
        await database!.DisposeAsync();
    }

    private async Task MeterOneAsync()
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("x-customer-id", "amina");
        client.DefaultRequestHeaders.Add("x-tenant-id", "tenant");
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        using var answer = await client.PostAsync(
            new Uri($"http://127.0.0.1:{ProxyPort}/v1/chat/completions"), new StringContent("{}"));
        answer.EnsureSuccessStatusCode();
        LedgerPage = await Eventually.BecomesAsync(
            () => client.GetStringAsync(new Uri($"http://127.0.0.1:{LedgerPort}/metrics")),
            page => page.Contains("ledger_submissions_total{outcome=\"booked\"} 1\n")
                && page.Contains("ledger_position ") && page.Contains("ledger_intake_lag "));
        ProxyPage = await client.GetStringAsync(new Uri($"http://127.0.0.1:{ProxyPort}/metrics"));
        Api = await client.GetStringAsync(new Uri($"http://127.0.0.1:{LedgerPort}/openapi/v1.json"));
    }

    private static WebApplication Gateway(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var gateway = builder.Build();
        gateway.Run(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"model":"qwen3-coder","usage":{"total_tokens":15}}""");
        });
        return gateway;
    }

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}

/// <summary>The tests that look at one ledger and one proxy.</summary>
[CollectionDefinition(Name)]
public sealed class WithRunningPrograms : ICollectionFixture<RunningPrograms>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "running programs";
}
