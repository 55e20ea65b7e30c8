using EventLedger.Contracts;
using EventLedger.Ledger.Settings;
using EventLedger.Nats;

namespace EventLedger.Ledger.Status;

/// <summary>How the broker stands, as it says itself.</summary>
/// <param name="Version">The server's version.</param>
/// <param name="Consumer">How far the ledger's consumer is; null where stream or consumer is missing.</param>
internal sealed record BrokerStatus(string Version, ConsumerInfo? Consumer)
{
    /// <summary>Asks the broker; null where it doesn't answer within five seconds.</summary>
    /// <exception cref="SettingException">The URL can't be read.</exception>
    public static Task<BrokerStatus?> AskAsync(string url, TimeProvider time, CancellationToken cancellation) =>
        BrokerVisit.AskAsync(url, time, LookAsync, cancellation);

    private static async Task<BrokerStatus> LookAsync(NatsConnection connection, CancellationToken cancellation) => new(
        connection.Server?.Version ?? "",
        await new JetStream(connection).GetConsumerAsync(UsageStream.Name, UsageStream.Consumer, cancellation));

    /// <summary>What there is to say of it.</summary>
    public static IEnumerable<StatusLine> Describe(string? url, BrokerStatus? found)
    {
        if (found is null)
        {
            var note = url is null ? "NATS_URL is not set" : "the broker can't be reached";
            yield return url is null
                ? StatusLine.Unknown("nats-server", note) : StatusLine.Wrong("nats-server", note);
            yield return StatusLine.Unknown("intake_lag", note);
            yield break;
        }

        yield return StatusLine.Of("nats-server", found.Version);
        yield return found.Consumer is { } consumer
            ? Describe(consumer)
            : StatusLine.Wrong("intake_lag", $"there is no consumer {UsageStream.Consumer}; the service makes it");
    }

    private static StatusLine Describe(ConsumerInfo consumer)
    {
        var pending = (long)consumer.NumPending;
        var isIdle = pending > 0 && consumer is { NumWaiting: 0, NumAckPending: 0 };
        var note = isIdle ? "nobody takes them: does the service run?"
            : $"and {consumer.NumAckPending} taken and not settled yet";
        return StatusLine.Of("intake_lag", pending, note, isIdle);
    }
}
