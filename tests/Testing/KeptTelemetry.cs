using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;

namespace EventLedger.Testing;

/// <summary>Keeps what this process traces and measures, and what its HTTP clients tell, each line once.</summary>
public sealed class KeptTelemetry : IDisposable
{
    private readonly ConcurrentDictionary<string, bool> lines = new();
    private readonly ActivityListener activities;
    private readonly MeterListener measurements = new();
    private readonly HttpEvents events;

    /// <summary>Listens from now on.</summary>
    public KeptTelemetry()
    {
        activities = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(activities);
        measurements.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        measurements.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Keep(instrument, tags));
        measurements.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Keep(instrument, tags));
        measurements.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        measurements.Start();
        events = new HttpEvents(lines);
    }

    /// <summary>Activities with tags, events and baggage, instruments with tags, and events with their values.</summary>
    public IEnumerable<string> Lines => lines.Keys;

    /// <inheritdoc/>
    public void Dispose()
    {
        activities.Dispose();
        measurements.Dispose();
        events.Dispose();
    }

    private void Keep(Activity activity)
    {
        var told = activity.Events.Select(one => $"{one.Name} {string.Join(' ', one.Tags)}");
        lines.TryAdd(
            $"activity {activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', told)} "
            + $"{string.Join(' ', activity.Baggage)} {activity.StatusDescription}", true);
    }

    private void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        lines.TryAdd($"measured {instrument.Name} {string.Join(' ', tags.ToArray())}", true);

    private sealed class HttpEvents : EventListener
    {
        private const string Source = "System.Net.Http";

        private readonly ConcurrentDictionary<string, bool>? lines;

        // The sources that are there already are told before the constructor runs.
        public HttpEvents(ConcurrentDictionary<string, bool> lines)
        {
            this.lines = lines;

            foreach (var source in EventSource.GetSources().Where(source => source.Name == Source))
            {
                EnableEvents(source, EventLevel.Verbose);
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == Source)
            {
                EnableEvents(eventSource, EventLevel.Verbose);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            lines?.TryAdd($"event {eventData.EventName} {string.Join(' ', eventData.Payload ?? [])}", true);
    }
}
