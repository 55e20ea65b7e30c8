using System.Globalization;
using System.Text;

namespace EventLedger.Proxy.Monitoring;

/// <summary>Writes metrics in Prometheus' text form.</summary>
internal sealed class PrometheusText : IMetricWriter
{
    /// <summary>The type that scrapers ask for.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>What all names begin with.</summary>
    public const string Prefix = "metering_proxy_";

    private const string Total = "_total";

    private readonly StringBuilder text = new();

    /// <inheritdoc/>
    public void Counter(string name, string help, Func<long> value) =>
        Single($"{name}{Total}", "counter", help, value());

    /// <inheritdoc/>
    public void Gauge(string name, string help, Func<double?> value)
    {
        if (value() is { } known)
        {
            Single(name, "gauge", help, known);
        }
    }

    /// <inheritdoc/>
    public void Counters(
        string name, string help, string label, Func<IEnumerable<(string Value, long Count)>> counts)
    {
        Head($"{name}{Total}", "counter", help);

        foreach (var (value, count) in counts())
        {
            Line($"{name}{Total}{{{label}=\"{value}\"}}", count);
        }
    }

    /// <inheritdoc/>
    public void Durations(string name, string help, Histogram histogram)
    {
        var counts = histogram.Cumulative();
        Head(name, "histogram", help);

        for (var at = 0; at < Histogram.BoundSeconds.Count; at++)
        {
            Line($"{name}_bucket{{le=\"{Number(Histogram.BoundSeconds[at])}\"}}", counts[at]);
        }

        Line($"{name}_bucket{{le=\"+Inf\"}}", counts[^1]);
        Line($"{name}_sum", histogram.Sum.TotalSeconds);
        Line($"{name}_count", counts[^1]);
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private void Single(string name, string type, string help, double value)
    {
        Head(name, type, help);
        Line(name, value);
    }

    private void Head(string name, string type, string help) =>
        text.Append($"# HELP {Prefix}{name} {help}\n# TYPE {Prefix}{name} {type}\n");

    private void Line(string name, double value) => text.Append($"{Prefix}{name} {Number(value)}\n");

    private static string Number(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);
}
