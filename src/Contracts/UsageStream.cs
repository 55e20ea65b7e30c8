namespace EventLedger.Contracts;

/// <summary>The names under which envelopes travel. Other producers publish to the same subject.</summary>
public static class UsageStream
{
    /// <summary>The JetStream stream that keeps envelopes until the ledger has booked them.</summary>
    public const string Name = "CATALYST_USAGE";

    /// <summary>The one subject of <see cref="Name"/>.</summary>
    public const string Subject = "catalyst.usage.recorded";

    /// <summary>
    /// Where producers say what they have counted by hour. No stream keeps it: whoever listens hears it.
    /// </summary>
    public const string ReportSubject = "catalyst.usage.counted";

    /// <summary>The ledger's durable pull consumer; several ledger processes share it.</summary>
    public const string Consumer = "sme-billing-metering";

    /// <summary>How long the stream keeps an envelope, booked or not.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(14);
}
