using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace EventLedger.Ledger.Monitoring;

/// <summary>One instrument with all its series.</summary>
internal sealed class Metric(Instrument instrument)
{
    /// <summary>Label sets that one instrument may have; further ones are counted together.</summary>
    public const int SeriesMax = 100;

    private const string Overflow = "{overflow=\"true\"}";

    // Seconds, where an instrument gives no advice of its own.
    private static readonly double[] DefaultBounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

    private readonly ConcurrentDictionary<string, Series> series = new();

    private bool IsCounter => instrument is Counter<long> or Counter<int> or ObservableCounter<long>;

    private bool IsHistogram => instrument is Histogram<double>;

    private string Name =>
        PrometheusText.Name(instrument.Name, instrument.Unit) + (IsCounter ? "_total" : "");

    private string Type => IsCounter ? "counter" : IsHistogram ? "histogram" : "gauge";

    /// <summary>Takes a measurement; from any thread.</summary>
    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = PrometheusText.Labels(tags);

        if (!series.TryGetValue(labels, out var found))
        {
            var key = series.Count < SeriesMax ? labels : Overflow;
            found = series.GetOrAdd(key, Make);
        }

        found.Take(value);
    }

    /// <summary>Writes its lines, headings first.</summary>
    public void Write(StringBuilder text)
    {
        text.Append($"# HELP {Name} {PrometheusText.Help(instrument.Description)}\n# TYPE {Name} {Type}\n");

        foreach (var (_, one) in series.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            one.Write(text, Name);
        }
    }

    private Series Make(string labels) => instrument switch
    {
        Histogram<double> histogram => new HistogramSeries(
            labels, histogram.Advice?.HistogramBucketBoundaries ?? DefaultBounds),
        _ when IsCounter && !instrument.IsObservable => new SumSeries(labels),
        _ => new LastSeries(labels),
    };
}
