using EventLedger.Contracts;
using EventLedger.Nats;

namespace EventLedger.Ledger.Intake;

/// <summary>How the stream stands, as the broker says.</summary>
/// <param name="UnsettledSince">When it took the oldest envelope that nobody has settled; null for none.</param>
internal sealed record StreamLook(DateTimeOffset? UnsettledSince)
{
    /// <summary>Asks the broker.</summary>
    /// <exception cref="NatsException">It doesn't answer, or refuses.</exception>
    public static async Task<StreamLook> TakeAsync(NatsConnection connection, CancellationToken cancellation) =>
        new(await new JetStream(connection).FindOldestUnsettledAsync(
            UsageStream.Name, UsageStream.Consumer, UsageStream.Subject, cancellation));
}
