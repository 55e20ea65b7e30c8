using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace EventLedger.Ledger.Monitoring;

/// <summary>All instruments of this service and of the client that it reads the broker with, for a scraper.</summary>
internal sealed class PrometheusPage : IDisposable
{
    private const string OurMeters = "EventLedger.";

    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<Metric> metrics = new();
    private readonly Lock gate = new();

    /// <summary>Listens from now on.</summary>
    public PrometheusPage(IMeterFactory meters)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            // Another service of the same process has a factory of its own; meters without one are everybody's.
            if (instrument.Meter.Name.StartsWith(OurMeters, StringComparison.Ordinal)
                && (instrument.Meter.Scope is null || instrument.Meter.Scope == meters))
            {
                var metric = new Metric(instrument);
                metrics.Enqueue(metric);
                self.EnableMeasurementEvents(instrument, metric);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, metric) => ((Metric)metric!).Take(value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, metric) => ((Metric)metric!).Take(value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, metric) => ((Metric)metric!).Take(value, tags));
        listener.Start();
    }

    /// <summary>The page as it is now.</summary>
    public string Write()
    {
        var text = new StringBuilder();

        // What was measured for one page is gone once it is written: another one would take it away.
        lock (gate)
        {
            listener.RecordObservableInstruments();

            foreach (var metric in metrics)
            {
                metric.Write(text);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();
}
