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
        ? Results.Text(Prometheus().ToString(), PrometheusText.ContentType)
        : Results.Text(Json().ToJsonString(), "application/json");

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

    private PrometheusText Prometheus() => new PrometheusText()
        .Counter("observed_total", "Responses charged; each has an envelope.", meter.Observed.Value)
        .Counter("tokens_total", "Tokens charged.", meter.Tokens.Value)
        .Counter("free_total", "Responses that stated usage of zero, or had a price of zero.", meter.Free.Value)
        .Counters("unmetered_total", "Responses that may have cost tokens, charged nothing.", "reason", Unmetered)
        .Counter("drained_total", "Responses read to their end after their client had gone.", meter.Drained.Value)
        .Gauge("draining", "Responses being read on after their client has gone.", draining.Taken)
        .Counter("published_total", "Envelopes that the broker acknowledged.", publishing.Acknowledged.Value)
        .Counter("publish_failures_total", "Attempts to publish that failed.", publishing.Failures.Value)
        .Counter("publish_refused_total", "Envelopes refused for good and set aside.", publishing.Refused.Value)
        .Counter("spool_written_total", "Envelopes written to disk.", spool.Counters.Written.Value)
        .Counter("spool_drained_total", "Envelopes published from disk.", spool.Counters.Drained.Value)
        .Counter("spool_lost_total", "Envelopes lost: neither disk nor memory took them.", spool.Counters.Lost.Value)
        .Counter("spool_damaged_total", "Pieces of segments set aside.", spool.Counters.Damaged.Value)
        .Counter("spool_write_failures_total", "Writes that failed.", spool.Counters.WriteFailures.Value)
        .Counter("spool_not_waited_for_total", "Responses sent before their record.", spool.Counters.NotWaitedFor.Value)
        .Gauge("spool_waiting", "Envelopes that the broker doesn't have yet.", spool.Waiting)
        .Gauge("spool_oldest_seconds", "Age of the oldest of them.", spool.OldestAge.TotalSeconds)
        .Gauge("spool_bytes", "Bytes of segments on disk.", spool.BytesOnDisk)
        .Gauge("spool_max_bytes", "The bound on them.", spoolOptions.BytesMax)
        .Gauge("spool_free_bytes", "Bytes that are free where the spool is.", spool.Store?.FreeBytes)
        .Gauge("spool_alarm", "1 when they come near to it.", spool.IsFilling ? 1 : 0)
        .Gauge("spool_in_memory", "Envelopes that are in memory alone.", spool.InMemory)
        .Counter("injected_total", "Streams whose usage was asked for.", injection.Asked.Value)
        .Counter("injection_refused_total", "Refusals of an upstream to be asked.", injection.Refused.Value)
        .Counter("injection_too_large_total", "Requests too large to be changed.", injection.TooLarge.Value)
        .Counter("injection_unreadable_total", "Requests that can't be read.", injection.Unreadable.Value)
        .Durations("response_seconds", "From a metered request to the end of its response.", meter.Latency)
        .Durations("spool_wait_seconds", "How long responses waited for their record.", spool.Counters.Wait);
}
