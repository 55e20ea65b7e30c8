namespace EventLedger.Nats.Bench;

/// <summary>Rounds of ours and of the baseline: medians, with the lowest and the highest.</summary>
internal sealed class Comparison(string name)
{
    private readonly List<Figure> baseline = [];
    private readonly List<Figure> ours = [];

    public void Add(Figure raw, Figure own)
    {
        baseline.Add(raw);
        ours.Add(own);
    }

    public void Print()
    {
        var ratios = ours.Zip(baseline, (own, raw) => own.PerSecond / raw.PerSecond);
        var allocated = ours.Select(figure => figure.BytesPerMessage);
        Console.WriteLine($"{name}, medians of {ours.Count} rounds:");
        Console.WriteLine($"  ours        {Spread(ours.Select(figure => figure.PerSecond), "N0")} messages/s");
        Console.WriteLine($"  raw socket  {Spread(baseline.Select(figure => figure.PerSecond), "N0")} messages/s");
        Console.WriteLine($"  ratio       {Spread(ratios, "0.00")}");
        Console.WriteLine($"  allocated   {Spread(allocated, "0.000")} bytes/message");

        if (ours.Exists(figure => figure.P99 > TimeSpan.Zero))
        {
            Console.WriteLine($"  99% within  {Spread(ours.Select(figure => figure.P99.TotalMilliseconds), "0.0")} ms");
        }
    }

    private static string Spread(IEnumerable<double> values, string format)
    {
        string[] sorted = [.. values.Order().Select(value => value.ToString(format))];
        return $"{sorted[sorted.Length / 2]} ({sorted[0]} to {sorted[^1]})";
    }
}
