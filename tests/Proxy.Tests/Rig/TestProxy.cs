using System.Text.Json.Nodes;
using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Spool;
using EventLedger.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>
/// The proxy inside the test process, with a spool folder of its own. Its broker is absent unless given.
/// </summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(10);

    private readonly WebApplication app;

    private TestProxy(WebApplication app, string spoolFolder, int port) =>
        (this.app, SpoolFolder, Port) = (app, spoolFolder, port);

    /// <summary>The port it listens on.</summary>
    public int Port { get; }

    /// <summary>Its spool's folder.</summary>
    public string SpoolFolder { get; }

    /// <summary>Its spool.</summary>
    public UsageSpool Spool => Part<UsageSpool>();

    /// <summary>Starts it; <paramref name="settings"/> are further environment variables.</summary>
    public static async Task<TestProxy> StartAsync(Upstream upstream, params (string Name, string Value)[] settings)
    {
        var variables = new Dictionary<string, string>
        {
            ["NATS_URL"] = $"nats://127.0.0.1:{FreePort.Next()}",
            ["NEWAPI_UPSTREAM_URL"] = upstream.Url,
            ["LISTEN_PORT"] = $"{FreePort.Next()}",
        };

        foreach (var (name, value) in settings)
        {
            variables[name] = value;
        }

        variables.TryAdd("SPOOL_DIR", TestFolder.Make("spool"));
        var built = ProxyApplication.Build(ProxySettings.Read(variables.GetValueOrDefault));
        await built.StartAsync();
        return new(built, variables["SPOOL_DIR"], int.Parse(variables["LISTEN_PORT"]));
    }

    /// <summary>One of its parts.</summary>
    public T Part<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>The envelopes that are in the spool.</summary>
    public IReadOnlyList<UsageEnvelope> Envelopes()
    {
        // On a busy machine a response may go out before its record is on disk.
        SpinWait.SpinUntil(() => Spool.InMemory == 0, WriteLimit);
        using var reader = Spool.Store!.ReadUnpublished();
        return [.. SpoolFiles.ReadAll(reader).Select(SpoolFiles.EnvelopeOf)];
    }

    /// <summary>What <c>/metrics</c> shows as JSON.</summary>
    public async Task<JsonNode> MetricsAsync() =>
        JsonNode.Parse((await Client.SendOnceAsync(Port, "/metrics", "", method: "GET")).Text)!;

    /// <summary>How many responses were unmetered for a reason.</summary>
    public async Task<long> UnmeteredAsync(string reason) =>
        (await MetricsAsync())["unmetered"]![reason]!.GetValue<long>();

    /// <summary>Stops it in order.</summary>
    public Task StopAsync() => app.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Nobody waits for an absent broker here.
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
