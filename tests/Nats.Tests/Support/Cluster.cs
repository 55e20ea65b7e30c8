using System.Text;
using System.Text.Json;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

/// <summary>Three servers that keep one stream together.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const int Size = 3;

    private readonly IReadOnlyList<TestNats> servers;

    private Cluster(IReadOnlyList<TestNats> servers) => this.servers = servers;

    /// <summary>Starts them, and returns when the stream and its consumer are there.</summary>
    public static async Task<Cluster> StartAsync(CancellationToken cancellation)
    {
        int[] ports = [.. Enumerable.Range(0, Size).Select(_ => FreePort.Next())];
        var routes = string.Join(", ", ports.Select(port => $"\"nats://127.0.0.1:{port}\""));
        var cluster = new Cluster(await Task.WhenAll(ports.Select((port, i) => TestNats.StartAsync(
            $$"""
            server_name: "{{NameOf(i)}}"
            cluster { name: "tests", listen: "127.0.0.1:{{port}}", routes: [{{routes}}] }
            """))));
        await cluster.ProvisionAsync(cancellation);
        return cluster;
    }

    public TestNats this[string name] => servers[int.Parse(name[1..])];

    /// <summary>Which of them leads the stream.</summary>
    public async Task<string> LeaderAsync(CancellationToken cancellation)
    {
        await using var connection = Broker.Connect(servers[0].Url);
        var reply = await connection.RequestAsync(
            $"$JS.API.STREAM.INFO.{Broker.Stream}", default, TimeSpan.FromSeconds(10), cancellation);
        using var info = JsonDocument.Parse(Encoding.UTF8.GetString(reply.Body.Span));
        return info.RootElement.GetProperty("cluster").GetProperty("leader").GetString()!;
    }

    /// <summary>One that is not this one.</summary>
    public static string Other(string name) => NameOf((int.Parse(name[1..]) + 1) % Size);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    private static string NameOf(int number) => $"n{number}";

    // The servers answer before they have agreed on a leader.
    private async Task ProvisionAsync(CancellationToken cancellation)
    {
        await using var connection = Broker.Connect(servers[0].Url);
        var jetStream = new JetStream(connection);

        await Eventually.HoldsAsync(async () =>
        {
            try
            {
                await jetStream.EnsureStreamAsync(Broker.StreamSpec with { Replicas = Size }, cancellation);
                await jetStream.EnsureConsumerAsync(Broker.Stream, Broker.ConsumerSpec, cancellation);
                return true;
            }
            catch (NatsException e) when (e is not JetStreamException { CanRetry: false })
            {
                return false;
            }
        });
    }
}
