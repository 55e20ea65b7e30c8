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
        Console.WriteLine($"{name}, medians of {ours.Count} rounds:");
        Console.WriteLine($"  ours        {Spread(ours.Select(figure => figure.PerSecond), "N0")} messages/s");
        Console.WriteLine($"  raw socket  {Spread(baseline.Select(figure => figure.PerSecond), "N0")} messages/s");
        Console.WriteLine($"  ratio       {Spread(ratios, "0.00")}");
        Console.WriteLine($"  allocated   {Spread(ours.Select(figure => figure.BytesPerMessage), "0.000")} bytes/message");

        if (ours.Exists(figure => figure.P99 > TimeSpan.Zero))
        {
            Console.WriteLine($"  99% within  {Spread(ours.Select(figure => figure.P99.TotalMilliseconds), "0.0")} ms");
        }
    }

    private static string Spread(IEnumerable<double> values, string format)
    {
        double[] sorted = [.. values.Order()];
        return $"{sorted[sorted.Length / 2].ToString(format)} ({sorted[0].ToString(format)} to {sorted[^1].ToString(format)})";
    }
}
