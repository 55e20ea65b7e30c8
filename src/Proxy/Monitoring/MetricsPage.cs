using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventLedger.Contracts.Reports;
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
    SpoolOptions spoolOptions,
    DrainBudget draining)
{
    private IEnumerable<(string Reason, long Count)> Unmetered => Enum.GetValues<UnmeteredReason>()
        .Where(reason => reason is not UnmeteredReason.None)
        .Select(reason => (
            JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()), meter.Unmetered(reason).Value));

    /// <summary>Prometheus' text for a scraper that asks for it, else JSON in the names that older ones know.</summary>
    public IResult Write(HttpRequest request) => request.Headers.Accept.ToString() is var accept
        && (accept.Contains("text/plain", StringComparison.OrdinalIgnoreCase)
            || accept.Contains("openmetrics", StringComparison.OrdinalIgnoreCase))
        ? Results.Text(Prometheus(), PrometheusText.ContentType)
        : Results.Text(Json().ToJsonString(), "application/json");

    /// <summary>Says what metrics there are, and how to ask for them.</summary>
    public void Describe(IMetricWriter to)
    {
        to.Counter("observed", "Responses charged; each has an envelope.", () => meter.Observed.Value);
        to.Counter("tokens", "Tokens charged.", () => meter.Tokens.Value);
        to.Counter("free", "Responses that stated usage of zero, or had a price of zero.", () => meter.Free.Value);
        to.Counters("unmetered", "Responses that may have cost tokens, charged nothing.", "reason", () => Unmetered);
        to.Counter("drained", "Responses read to their end after their client had gone.", () => meter.Drained.Value);
        to.Gauge("draining", "Responses being read on after their client has gone.", () => draining.Taken);
        to.Counter("published", "Envelopes that the broker acknowledged.", () => publishing.Acknowledged.Value);
        to.Counter(
            "publish_failures", "Attempts to publish or to set aside that failed.", () => publishing.Failures.Value);
        to.Counter("publish_refused", "Envelopes refused for good and set aside.", () => publishing.Refused.Value);
        to.Counter("spool_written", "Envelopes written to disk.", () => spool.Counters.Written.Value);
        to.Counter("spool_drained", "Envelopes published from disk.", () => spool.Counters.Drained.Value);
        to.Counter("spool_lost", "Envelopes lost: neither disk nor memory took them.", () => spool.Counters.Lost.Value);
        to.Counter("spool_damaged", "Pieces of segments set aside.", () => spool.Counters.Damaged.Value);
        to.Counter("spool_write_failures", "Writes that failed.", () => spool.Counters.WriteFailures.Value);
        to.Counter("spool_not_waited_for", "Responses sent before their record.",
            () => spool.Counters.NotWaitedFor.Value);
        to.Gauge("spool_waiting", "Envelopes that the broker doesn't have yet.", () => spool.Waiting);
        to.Gauge("spool_oldest_seconds", "Age of the oldest of them.", () => spool.OldestAge.TotalSeconds);
        to.Gauge("spool_bytes", "Bytes of segments on disk.", () => spool.BytesOnDisk);
        to.Gauge("spool_max_bytes", "The bound on them.", () => spoolOptions.BytesMax);
        to.Gauge("spool_free_bytes", "Bytes that are free where the spool is.", () => spool.Store?.FreeBytes);
        to.Gauge("spool_alarm", "1 when they come near to it.", () => spool.IsFilling ? 1 : 0);
        to.Gauge("spool_in_memory", "Envelopes that are in memory alone.", () => spool.InMemory);
        to.Counter("injected", "Streams whose usage was asked for.", () => injection.Asked.Value);
        to.Counter("injection_refused", "Refusals of an upstream to be asked.", () => injection.Refused.Value);
        to.Counter("injection_too_large", "Requests too large to be changed.", () => injection.TooLarge.Value);
        to.Counter("injection_unreadable", "Requests that can't be read.", () => injection.Unreadable.Value);
        to.Durations("response_seconds", "From a metered request to the end of its response.", meter.Latency);
        to.Durations("spool_wait_seconds", "How long responses waited for their record.", spool.Counters.Wait);
    }

    private JsonObject Json() => new()
    {
        ["published_ok"] = publishing.Acknowledged.Value,
        ["publish_failed"] = publishing.Failures.Value,
        ["publish_refused"] = publishing.Refused.Value,
        ["spooled"] = spool.Counters.Written.Value,
        ["spool_drained"] = spool.Counters.Drained.Value,
        ["spool_drop_fatal"] = spool.Counters.Lost.Value,
        ["spool_waiting"] = spool.Waiting,
        ["spool_oldest_seconds"] = spool.OldestAge.TotalSeconds,
        ["spool_bytes"] = spool.BytesOnDisk,
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
        ["unmetered"] = new JsonObject(
            Unmetered.Select(each => KeyValuePair.Create(each.Reason, (JsonNode?)each.Count))),
        ["hours"] = new JsonObject(spool.Counters.Hours.Read().Select(Json)),
    };

    private static KeyValuePair<string, JsonNode?> Json(HourFigures hour) => new(
        hour.Hour.ToString("yyyy-MM-ddTHH:00Z", CultureInfo.InvariantCulture),
        new JsonObject
        {
            ["observed"] = hour.Observed,
            ["published"] = hour.Published,
            ["spooled"] = hour.Spooled,
            ["refused"] = hour.Refused,
            ["lost"] = hour.Lost,
        });

    private string Prometheus()
    {
        var text = new PrometheusText();
        Describe(text);
        return text.ToString();
    }
}
