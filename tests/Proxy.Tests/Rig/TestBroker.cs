using System.Collections.Concurrent;
using EventLedger.Contracts;
using EventLedger.Contracts.Envelopes;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>A real broker with the ledger's stream, and a reader of what is published to it.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly NatsConnection connection;
    private readonly JetStream jetStream;
    private readonly JetStreamConsumer consumer;
    private readonly Task reading;

    private TestBroker(
        TestNats server, NatsConnection connection, JetStream jetStream, JetStreamConsumer consumer)
    {
        (Server, this.connection, this.jetStream, this.consumer) = (server, connection, jetStream, consumer);
        reading = ReadAsync();
    }

    /// <summary>The server.</summary>
    public TestNats Server { get; }

    /// <summary>The setting that leads a proxy here.</summary>
    public (string Name, string Value) Setting => ("NATS_URL", Server.Url);

    /// <summary>The envelopes that the stream holds, in its order, with their message ids.</summary>
    public ConcurrentQueue<(string? MessageId, UsageEnvelope Envelope)> Published { get; } = [];

    /// <summary>The envelopes that a ledger would book: each observation once.</summary>
    public int BookedCount => Published.Select(published => published.Envelope.ObservationId).Distinct().Count();

    /// <summary>Starts a server with the stream.</summary>
    public static async Task<TestBroker> StartAsync() => await ReadAsync(await TestNats.StartAsync());

    /// <summary>Makes the stream on a server that runs.</summary>
    public static async Task<TestBroker> ReadAsync(TestNats server)
    {
        var made = NatsConnection.Start(new() { Url = server.Url }, NullLoggerFactory.Instance, TimeProvider.System);
        var onServer = new JetStream(made);
        await onServer.EnsureStreamAsync(
            new() { Name = UsageStream.Name, Subjects = [UsageStream.Subject] }, default);
        await onServer.EnsureConsumerAsync(UsageStream.Name, new() { Durable = UsageStream.Consumer }, default);
        return new(server, made, onServer, onServer.CreateConsumer(UsageStream.Name, UsageStream.Consumer, new()));
    }

    /// <summary>How many messages the stream holds, whether or not they have been read.</summary>
    public async Task<long> CountHeldAsync() =>
        (long)((await jetStream.GetStreamAsync(UsageStream.Name, default))?.State.Messages ?? 0);

    /// <summary>Waits until so many observations are published.</summary>
    public Task HasAsync(int count, TimeSpan? within = null) =>
        Eventually.BecomesAsync(() => Task.FromResult(BookedCount), found => found == count, within);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await reading;
        await consumer.DisposeAsync();
        await connection.DisposeAsync();
        await Server.DisposeAsync();
        stop.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var batch in consumer.ReadBatchesAsync(1000, stop.Token))
            {
                foreach (var message in batch)
                {
                    EnvelopeReader.TryRead(message.Body.Span, out var envelope, out var problem)
                        .ShouldBeTrue(problem.ToString());
                    Published.Enqueue((message.Headers["Nats-Msg-Id"], envelope));
                    message.Ack();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
