using System.Text.Json.Nodes;
using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Metering;
using EventLedger.Proxy.Publishing;
using EventLedger.Proxy.Spool;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Monitoring;

/// <summary>The counters as <c>/metrics</c> shows them.</summary>
internal sealed class MetricsPage(
    MeterCounters meter,
    InjectionCounters injection,
    PublishCounters publishing,
    UsageSpool spool,
    DrainBudget draining)
{
    /// <summary>JSON, in the names that older scrapers know.</summary>
    public IResult Write() => Results.Text(Json().ToJsonString(), "application/json");

    private JsonObject Json() => new()
    {
        ["published_ok"] = publishing.Acknowledged.Value,
        ["publish_failed"] = publishing.Failures.Value,
        ["publish_refused"] = publishing.Refused.Value,
        ["spooled"] = spool.Counters.Written.Value,
        ["spool_drained"] = spool.Counters.Drained.Value,
        ["spool_drop_fatal"] = spool.Counters.Lost.Value,
        ["spool_waiting"] = spool.Waiting,
        ["spool_damaged"] = spool.Counters.Damaged.Value,
        ["spool_taken_over"] = spool.Counters.TakenOver.Value,
        ["spool_write_failures"] = spool.Counters.WriteFailures.Value,
        ["spool_not_waited_for"] = spool.Counters.NotWaitedFor.Value,
        ["observed"] = meter.Observed.Value,
        ["tokens"] = meter.Tokens.Value,
        ["free"] = meter.Free.Value,
        ["drained"] = meter.Drained.Value,
        ["draining"] = draining.Taken,
        ["injected"] = injection.Asked.Value,
        ["injection_refused"] = injection.Refused.Value,
        ["injection_too_large"] = injection.TooLarge.Value,
        ["injection_unreadable"] = injection.Unreadable.Value,
        ["unmetered"] = Unmetered(),
    };

    private JsonObject Unmetered() => new(Enum.GetValues<UnmeteredReason>()
        .Where(reason => reason is not UnmeteredReason.None)
        .Select(reason => KeyValuePair.Create(
            System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()),
            (JsonNode?)meter.Unmetered(reason).Value)));
}
