using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventLedger.Nats;

/// <summary>What the client counts and traces, under one name for meters and activities.</summary>
public static class Telemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "EventLedger.Nats";

    /// <summary>
    /// The header of a message that says which trace it belongs to, as W3C Trace Context has it. Whoever publishes adds
    /// it.
    /// </summary>
    public const string TraceParentHeader = "traceparent";

    // Before the instruments: static fields are initialized in the order in which they are written.
    private static readonly Meter Meter = new(Name);

    internal static readonly ActivitySource Activities = new(Name);

    /// <summary>The span that a message's headers name as its parent; none where they name none.</summary>
    public static ActivityContext ParentIn(HeaderBlock headers) =>
        ActivityContext.TryParse(headers[TraceParentHeader], traceState: null, isRemote: true, out var parent)
            ? parent
            : default;

    internal static readonly Counter<long> Connects =
        Meter.CreateCounter<long>("nats.connects", "{connection}", "Connections that a server accepted.");

    internal static readonly Counter<long> Disconnects =
        Meter.CreateCounter<long>("nats.disconnects", "{connection}", "Connections that were lost.");

    internal static readonly Counter<long> Published =
        Meter.CreateCounter<long>("nats.published", "{message}", "Messages that a stream acknowledged.");

    internal static readonly Counter<long> Duplicates =
        Meter.CreateCounter<long>("nats.published.duplicates", "{message}", "Of those, the ones it already had.");

    internal static readonly Counter<long> Resent =
        Meter.CreateCounter<long>("nats.resent", "{message}", "Messages sent again under the same id.");

    internal static readonly Counter<long> PublishFailures =
        Meter.CreateCounter<long>("nats.publish.failures", "{message}", "Publishes that failed or were given up.");

    internal static readonly Histogram<double> PublishDuration =
        Meter.CreateHistogram<double>("nats.publish.duration", "s", "From the call to the acknowledgement.");

    internal static readonly Counter<long> Received =
        Meter.CreateCounter<long>("nats.received", "{message}", "Messages delivered to this process.");

    internal static readonly Counter<long> Settled =
        Meter.CreateCounter<long>("nats.settled", "{message}", "Messages settled by this process.");

    internal static readonly Counter<long> Dropped = Meter.CreateCounter<long>(
        "nats.settlements.dropped", "{message}", "Settlements that had nowhere to go; the messages come again.");
}
