using System.Diagnostics.Metrics;

namespace EventLedger.Proxy.Monitoring;

/// <summary>
/// The metrics as instruments, for an exporter: under the names of the page, where that adds <c>_total</c> to counters.
/// </summary>
internal sealed class ProxyMeter : IMetricWriter
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "EventLedger.Proxy";

    private readonly Meter meter;

    /// <summary>Makes the instruments of all metrics.</summary>
    public ProxyMeter(IMeterFactory meters, MetricsPage page)
    {
        meter = meters.Create(Name);
        page.Describe(this);
    }

    /// <inheritdoc/>
    public void Counter(string name, string help, Func<long> value) =>
        meter.CreateObservableCounter(Full(name), value, unit: null, help);

    /// <inheritdoc/>
    public void Gauge(string name, string help, Func<double?> value) => meter.CreateObservableGauge(
        Full(name), IEnumerable<Measurement<double>> () => value() is { } known ? [new(known)] : [], unit: null, help);

    /// <inheritdoc/>
    public void Counters(
        string name, string help, string label, Func<IEnumerable<(string Value, long Count)>> counts) =>
        meter.CreateObservableCounter(
            Full(name),
            () => counts().Select(
                each => new Measurement<long>(each.Count, KeyValuePair.Create(label, (object?)each.Value))),
            unit: null,
            help);

    /// <inheritdoc/>
    public void Durations(string name, string help, Histogram histogram) => histogram.Instrument =
        meter.CreateHistogram(
            Full(name), "s", help, tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = Histogram.BoundSeconds });

    private static string Full(string name) => $"{PrometheusText.Prefix}{name}";
}
