using System.Globalization;
using System.Text;

namespace EventLedger.Proxy.Monitoring;

/// <summary>Writes metrics in Prometheus' text form.</summary>
internal sealed class PrometheusText
{
    /// <summary>The type that scrapers ask for.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string Prefix = "metering_proxy_";

    private readonly StringBuilder text = new();

    /// <summary>A number that only grows.</summary>
    public PrometheusText Counter(string name, string help, long value) => Single(name, "counter", help, value);

    /// <summary>A number that goes up and down; what isn't known is not shown.</summary>
    public PrometheusText Gauge(string name, string help, double? value) =>
        value is { } known ? Single(name, "gauge", help, known) : this;

    /// <summary>A counter for each value of one label.</summary>
    public PrometheusText Counters(
        string name, string help, string label, IEnumerable<(string Value, long Count)> counts)
    {
        Head(name, "counter", help);

        foreach (var (value, count) in counts)
        {
            Line($"{name}{{{label}=\"{value}\"}}", count);
        }

        return this;
    }

    /// <summary>A histogram of durations.</summary>
    public PrometheusText Durations(string name, string help, Histogram histogram)
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
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private PrometheusText Single(string name, string type, string help, double value)
    {
        Head(name, type, help);
        Line(name, value);
        return this;
    }

    private void Head(string name, string type, string help) =>
        text.Append($"# HELP {Prefix}{name} {help}\n# TYPE {Prefix}{name} {type}\n");

    private void Line(string name, double value) => text.Append($"{Prefix}{name} {Number(value)}\n");

    private static string Number(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);
}
