using System.Text;

namespace EventLedger.Ledger.Monitoring;

/// <summary>The values of one instrument under one set of labels.</summary>
internal abstract class Series(string labels)
{
    /// <summary>The labels, as they are written.</summary>
    protected string Labels { get; } = labels;

    /// <summary>Takes a measurement; from any thread.</summary>
    public abstract void Take(double value);

    /// <summary>Writes the lines of a metric of that name.</summary>
    public abstract void Write(StringBuilder text, string name);
}

/// <summary>A sum of all measurements.</summary>
internal sealed class SumSeries(string labels) : Series(labels)
{
    private readonly Lock gate = new();
    private double sum;

    /// <inheritdoc/>
    public override void Take(double value)
    {
        lock (gate)
        {
            sum += value;
        }
    }

    /// <inheritdoc/>
    public override void Write(StringBuilder text, string name)
    {
        lock (gate)
        {
            text.Append($"{name}{Labels} {PrometheusText.Number(sum)}\n");
        }
    }
}

/// <summary>The last measurement. Once written it is gone: what is measured no longer is shown no longer.</summary>
internal sealed class LastSeries(string labels) : Series(labels)
{
    private readonly Lock gate = new();
    private double? last;

    /// <inheritdoc/>
    public override void Take(double value)
    {
        lock (gate)
        {
            last = value;
        }
    }

    /// <inheritdoc/>
    public override void Write(StringBuilder text, string name)
    {
        lock (gate)
        {
            if (last is { } known)
            {
                text.Append($"{name}{Labels} {PrometheusText.Number(known)}\n");
            }

            last = null;
        }
    }
}

/// <summary>How many measurements were at most how large.</summary>
internal sealed class HistogramSeries(string labels, IReadOnlyList<double> bounds) : Series(labels)
{
    private readonly Lock gate = new();
    private readonly long[] counts = new long[bounds.Count + 1];
    private double sum;

    /// <inheritdoc/>
    public override void Take(double value)
    {
        var at = 0;

        while (at < bounds.Count && value > bounds[at])
        {
            at++;
        }

        lock (gate)
        {
            counts[at]++;
            sum += value;
        }
    }

    /// <inheritdoc/>
    public override void Write(StringBuilder text, string name)
    {
        lock (gate)
        {
            var count = 0L;

            for (var at = 0; at < counts.Length; at++)
            {
                count += counts[at];
                var bound = at < bounds.Count ? PrometheusText.Number(bounds[at]) : "+Inf";
                text.Append($"{name}_bucket{PrometheusText.With(Labels, "le", bound)} {count}\n");
            }

            text.Append($"{name}_sum{Labels} {PrometheusText.Number(sum)}\n");
            text.Append($"{name}_count{Labels} {count}\n");
        }
    }
}
