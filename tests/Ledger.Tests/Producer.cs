using System.Text;
using EventLedger.Contracts;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Ledger.Tests;

/// <summary>Another program that publishes envelopes.</summary>
public sealed class Producer : IAsyncDisposable
{
    // What a killed ledger held is delivered again soon, and what another one still holds as well.
    private static readonly ConsumerSpec Hasty = new()
    {
        Durable = UsageStream.Consumer,
        MaxAckPending = 32_000,
        AckWait = TimeSpan.FromSeconds(2),
    };

    private readonly NatsConnection connection;
    private readonly JetStreamPublisher publisher;
    private int published;

    public Producer(string url, TimeSpan? patience = null)
    {
        connection = NatsConnection.Start(new() { Url = url }, NullLoggerFactory.Instance, TimeProvider.System);
        JetStream = new JetStream(connection);
        publisher = JetStream.CreatePublisher(
            new PublisherOptions { AckTimeout = patience ?? TimeSpan.FromSeconds(20) });
    }

    public JetStream JetStream { get; }

    /// <summary>Publishes under a message id of its own, so that the broker drops nothing.</summary>
    public async Task PublishAsync(string body) => await publisher.PublishAsync(
        UsageStream.Subject, $"m-{Interlocked.Increment(ref published)}", default, Encoding.UTF8.GetBytes(body),
        CancellationToken.None);

    /// <summary>
    /// Lets the broker wait for acknowledgements shortly; until a ledger starts, which sets it up as it should be.
    /// </summary>
    public async Task HastenAsync() =>
        await JetStream.EnsureConsumerAsync(UsageStream.Name, Hasty, CancellationToken.None);

    /// <summary>Waits until the ledger has acknowledged everything that was published.</summary>
    public Task EverythingIsAcknowledgedAsync(TimeSpan? within = null) => Eventually.HoldsAsync(
        async () => await JetStream.GetConsumerAsync(UsageStream.Name, UsageStream.Consumer, CancellationToken.None)
            is { NumPending: 0, NumAckPending: 0 },
        within);

    public async ValueTask DisposeAsync()
    {
        await publisher.DisposeAsync();
        await connection.DisposeAsync();
    }
}
