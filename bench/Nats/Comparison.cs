namespace EventLedger.Nats.Bench;

/// <summary>The best of ours and the best of the baseline.</summary>
internal sealed class Comparison(string name)
{
    private readonly List<Figure> baseline = [];
    private readonly List<Figure> ours = [];

    public void Baseline(Figure figure) => baseline.Add(figure);

    public void Ours(Figure figure) => ours.Add(figure);

    public void Print()
    {
        var raw = baseline.MaxBy(figure => figure.PerSecond);
        var best = ours.MaxBy(figure => figure.PerSecond);
        Console.WriteLine(
            $"{name}: {best.PerSecond:N0}/s, raw socket {raw.PerSecond:N0}/s, "
            + $"ratio {best.PerSecond / raw.PerSecond:0.00}, "
            + $"{ours.Min(figure => figure.BytesPerMessage):0.0} bytes allocated a message"
            + (best.P99 > TimeSpan.Zero ? $", 99% within {best.P99.TotalMilliseconds:0.0} ms" : ""));
    }
}
