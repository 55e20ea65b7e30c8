using System.Text;
using EventLedger.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Nats.Tests;

/// <summary>A server, a connection to it, and the stream and consumer that most tests use.</summary>
internal sealed class Broker : IAsyncDisposable
{
    public const string Stream = "USAGE";
    public const string Subject = "usage.recorded";
    public const string Durable = "ledger";

    private readonly CancellationTokenSource limit = new(TestLimit);

    private Broker(TestNats server, NatsConnection connection)
    {
        Server = server;
        Connection = connection;
        JetStream = new JetStream(connection, new JetStreamOptions { RequestTimeout = TimeSpan.FromSeconds(1) });
    }

    public TestNats Server { get; }

    public NatsConnection Connection { get; }

    public JetStream JetStream { get; }

    /// <summary>After this a test hangs.</summary>
    public static TimeSpan TestLimit => TimeSpan.FromMinutes(Rounds.Of(few: 1, many: 8));

    /// <summary>Ends a test that hangs.</summary>
    public CancellationToken Limit => limit.Token;

    public static async Task<Broker> StartAsync(
        string configuration = "", StreamSpec? stream = null, ConsumerSpec? consumer = null)
    {
        var server = await TestNats.StartAsync(configuration);
        var broker = new Broker(server, Connect(server.Url));
        await broker.JetStream.EnsureStreamAsync(stream ?? StreamSpec, broker.Limit);
        await broker.JetStream.EnsureConsumerAsync(Stream, consumer ?? ConsumerSpec, broker.Limit);
        return broker;
    }

    public static StreamSpec StreamSpec => new() { Name = Stream, Subjects = [Subject] };

    public static ConsumerSpec ConsumerSpec => new() { Durable = Durable };

    public static PullOptions QuickPull => new()
    {
        Expires = TimeSpan.FromSeconds(2),
        Heartbeat = TimeSpan.FromMilliseconds(250),
    };

    public static PublisherOptions PatientPublisher => new() { Stream = Stream, AckTimeout = TimeSpan.FromSeconds(30) };

    private static TimeSpan QuickReconnect => TimeSpan.FromMilliseconds(500);

    public static NatsConnection Connect(string url, Func<NatsOptions, NatsOptions>? change = null) =>
        NatsConnection.Start(
            (change ?? (options => options))(new NatsOptions { Url = url, ReconnectDelayMax = QuickReconnect }),
            Loggers,
            TimeProvider.System);

    public static ILoggerFactory Loggers => NullLoggerFactory.Instance;

    public async Task ProvisionAsync(CancellationToken cancellation)
    {
        await JetStream.EnsureStreamAsync(StreamSpec, cancellation);
        await JetStream.EnsureConsumerAsync(Stream, ConsumerSpec, cancellation);
    }

    public JetStreamConsumer Consumer(PullOptions? options = null) =>
        JetStream.CreateConsumer(Stream, Durable, options ?? QuickPull);

    public JetStreamPublisher Publisher(PublisherOptions? options = null) =>
        JetStream.CreatePublisher(options ?? PatientPublisher);

    /// <summary>Publishes messages whose ids and bodies are <c>prefix-1</c>, <c>prefix-2</c>, …</summary>
    public async Task<IReadOnlyList<string>> PublishAsync(JetStreamPublisher publisher, int count, string prefix = "m")
    {
        string[] ids = [.. Enumerable.Range(1, count).Select(i => $"{prefix}-{i}")];
        await Task.WhenAll(ids.Select(id => publisher.PublishAsync(Subject, id, default, Body(id), Limit).AsTask()));
        return ids;
    }

    /// <summary>Takes and acknowledges messages until <paramref name="isDone"/> says so.</summary>
    public async Task<List<string>> ReadAsync(JetStreamConsumer consumer, Func<List<string>, bool> isDone)
    {
        List<string> bodies = [];

        if (isDone(bodies))
        {
            return bodies;
        }

        await foreach (var batch in consumer.ReadBatchesAsync(max: 500, Limit))
        {
            foreach (var message in batch)
            {
                bodies.Add(Encoding.UTF8.GetString(message.Body.Span));
                message.Ack();
            }

            if (isDone(bodies))
            {
                break;
            }
        }

        return bodies;
    }

    public async Task<StreamState> StateAsync() => (await JetStream.GetStreamAsync(Stream, Limit))!.State;

    public async Task<ConsumerInfo> ConsumerAsync() => (await JetStream.GetConsumerAsync(Stream, Durable, Limit))!;

    public static byte[] Body(string text) => Encoding.UTF8.GetBytes(text);

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Server.DisposeAsync();
        limit.Dispose();
    }
}
