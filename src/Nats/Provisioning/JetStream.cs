using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

/// <summary>JetStream over a connection: streams, consumers, publishing, pulling.</summary>
public sealed partial class JetStream
{
    internal const string ApiPrefix = "$JS.API.";

    private readonly NatsConnection connection;
    private readonly JetStreamApi api;
    private readonly ILogger log;

    /// <summary>Uses a connection, which stays the caller's.</summary>
    public JetStream(NatsConnection connection, JetStreamOptions? options = null)
    {
        this.connection = connection;
        api = new JetStreamApi(connection, options ?? new JetStreamOptions());
        log = connection.Loggers.CreateLogger<JetStream>();
    }

    /// <summary>The stream; null where there is none.</summary>
    public async ValueTask<StreamInfo?> GetStreamAsync(string stream, CancellationToken cancellation)
    {
        Names.RequireName(stream);
        var found = await FindStreamAsync(stream, cancellation);
        return found.Deserialize(JetStreamJson.Default.StreamInfo);
    }

    /// <summary>The consumer; null where there is none, or no such stream.</summary>
    public async ValueTask<ConsumerInfo?> GetConsumerAsync(
        string stream, string durable, CancellationToken cancellation)
    {
        Names.RequireName(stream);
        Names.RequireName(durable);
        var found = await api.FindAsync(
            $"CONSUMER.INFO.{stream}.{durable}", JetStreamErrors.ConsumerNotFound, cancellation);
        return found.Deserialize(JetStreamJson.Default.ConsumerInfo);
    }

    /// <summary>
    /// When the stream took the oldest message that the consumer has not settled; null where it has settled all.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="durable">The consumer; where there is none, nothing is settled.</param>
    /// <param name="subject">The subject of the messages.</param>
    /// <param name="cancellation">Ends it early.</param>
    public async ValueTask<DateTimeOffset?> FindOldestUnsettledAsync(
        string stream, string durable, string subject, CancellationToken cancellation)
    {
        var consumer = await GetConsumerAsync(stream, durable, cancellation);
        var next = new JsonObject
        {
            ["seq"] = (consumer?.AckFloor.Stream ?? 0) + 1,
            ["next_by_subj"] = subject,
        };
        var found = await api.FindAsync(
            $"STREAM.MSG.GET.{stream}", JetStreamErrors.MessageNotFound, cancellation, next);
        return found?["message"]?["time"]?.GetValue<DateTimeOffset>();
    }

    /// <summary>A publisher over this connection. Dispose it, or drain the connection.</summary>
    public JetStreamPublisher CreatePublisher(PublisherOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxInFlight, 1);
        return new JetStreamPublisher(connection, options);
    }

    /// <summary>A reader of a durable consumer, which need not exist yet.</summary>
    public JetStreamConsumer CreateConsumer(string stream, string durable, PullOptions options)
    {
        Names.RequireName(stream);
        Names.RequireName(durable);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxMessages, 1);
        return new JetStreamConsumer(this, connection, stream, durable, options);
    }

    internal static byte[] ApiSubject(string subject) => Encoding.ASCII.GetBytes(ApiPrefix + subject);
}
