using EventLedger.Contracts;
using EventLedger.Contracts.Reports;
using EventLedger.Nats;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Publishing;

/// <summary>The broker, which may be absent at any time, at the start too.</summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    /// <summary>Envelopes sent to the broker that it hasn't acknowledged yet.</summary>
    public const int InFlightMax = 512;

    private readonly NatsConnection connection;
    private readonly JetStreamPublisher publisher;

    /// <summary>Connects in the background.</summary>
    public BrokerConnection(ProxySettings settings, ILoggerFactory loggers, TimeProvider clock)
    {
        connection = NatsConnection.Start(
            new() { Url = settings.NatsUrl, ReadUrl = settings.ReadNatsUrl, Name = "metering-proxy" }, loggers, clock);
        publisher = new JetStream(connection).CreatePublisher(
            new() { Stream = UsageStream.Name, MaxInFlight = InFlightMax, AckTimeout = settings.PublishTimeout });
    }

    /// <summary>How the connection is, for people.</summary>
    public string StateName => connection.State.ToString().ToLowerInvariant();

    /// <summary>Publishes envelopes; returns when the broker keeps each of them, or didn't take it.</summary>
    public async Task<PublishBatch> PublishAsync(IReadOnlyList<SpoolRecord> records, CancellationToken cancellation)
    {
        var batch = new PublishBatch();

        foreach (var record in records)
        {
            batch.Add(UsageStream.Subject, record.Id.ToString("D"), record.Body, HeadersOf(record));
        }

        await publisher.PublishAsync(batch, cancellation);
        return batch;
    }

    /// <summary>Says what was counted to whoever listens.</summary>
    public Task ReportAsync(HourReport report, CancellationToken cancellation) =>
        connection.PublishAsync(UsageStream.ReportSubject, report.ToBytes(), cancellation);

    /// <summary>
    /// Whether the envelope itself is what was refused: nothing else about the broker can make it pass.
    /// </summary>
    public static bool IsRefusedForGood(JetStreamException refused) =>
        refused.ErrorCode is JetStreamErrors.MessageTooLarge or JetStreamErrors.HeadersTooLarge;

    private static HeaderBlock HeadersOf(SpoolRecord record) =>
        record.TraceParent is { } trace ? HeaderBlock.Of((Telemetry.TraceParentHeader, trace)) : default;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await publisher.DisposeAsync();
        await connection.DisposeAsync();
    }
}
