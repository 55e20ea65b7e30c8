using System.Globalization;
using System.Text.RegularExpressions;

namespace EventLedger.Ops.Tests.Metrics;

/// <summary>A metric of a page, with its samples by name and labels.</summary>
internal sealed record Family(string Name, string Type, string Help)
{
    public Dictionary<string, double> Samples { get; } = [];

    /// <summary>The names under which it may be asked for.</summary>
    public IEnumerable<string> Names => Type is "histogram"
        ? [$"{Name}_bucket", $"{Name}_sum", $"{Name}_count"]
        : [Name];
}

/// <summary>
/// Reads a page as strictly as it is laid down: Prometheus documentation, "Exposition formats", version 0.0.4. Anything
/// that the rules don't allow, or that only a lenient reader would take, is an error that names the line.
/// </summary>
internal static partial class Exposition
{
    private const int MatchLimitMs = 1000;
    private const string Label = @"(?<label>[a-zA-Z_][a-zA-Z0-9_]*)=""([^""\\]|\\\\|\\""|\\n)*""";
    private const string Value = @"[+-]Inf|NaN|[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?";

    /// <summary>The metrics of a page.</summary>
    /// <exception cref="FormatException">A line, or what the lines say together, is against the rules.</exception>
    public static IReadOnlyList<Family> Read(string page)
    {
        Require(page.EndsWith('\n'), "the last line has no end");
        var families = new List<Family>();
        (string Name, string Text)? help = null;

        foreach (var line in page[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } helped)
            {
                Require(help is null, "a help text stands before its type");
                help = (helped.Groups["name"].Value, helped.Groups["text"].Value);
            }
            else if (Type().Match(line) is { Success: true } typed)
            {
                var name = typed.Groups["name"].Value;
                Require(help?.Name == name, $"{name} has its help text right before its type");
                Require(families.TrueForAll(family => family.Name != name), $"{name} is there once");
                families.Add(new(name, typed.Groups["type"].Value, help!.Value.Text));
                help = null;
            }
            else
            {
                Require(help is null && families.Count > 0, $"a type stands before {line}");
                Add(families[^1], line);
            }
        }

        Require(help is null, "no help text stands alone");
        families.ForEach(Check);
        return families;
    }

    private static void Add(Family family, string line)
    {
        var sample = Sample().Match(line);
        Require(sample.Success, $"a sample isn't like {line}");
        Require(family.Names.Contains(sample.Groups["name"].Value), $"{line} is of {family.Name}");
        var labels = sample.Groups["label"].Captures.Select(label => label.Value).ToArray();
        Require(labels.Distinct().Count() == labels.Length, $"a label is there once in {line}");
        var series = sample.Groups["series"].Value;
        Require(family.Samples.TryAdd(series, NumberOf(sample.Groups["value"].Value)), $"{series} is there once");
    }

    private static void Check(Family family)
    {
        if (family.Type is "counter" or "histogram")
        {
            Require(family.Samples.Values.All(value => value >= 0), $"{family.Name} counts up");
        }

        if (family.Type is "counter")
        {
            Require(family.Name.EndsWith("_total"), $"{family.Name} is called a total");
        }

        if (family.Type is "histogram")
        {
            CheckBuckets(family);
        }
    }

    private static void CheckBuckets(Family histogram)
    {
        var series = histogram.Samples
            .Where(sample => sample.Key.StartsWith($"{histogram.Name}_bucket"))
            .Select(sample => (
                Labels: Bound().Replace(sample.Key, "").Replace("_bucket", "_count").Replace("{}", ""),
                Bound: NumberOf(Bound().Match(sample.Key).Groups["bound"].Value),
                Count: sample.Value))
            .GroupBy(bucket => bucket.Labels);

        foreach (var one in series)
        {
            var buckets = one.ToArray();
            Require(double.IsPositiveInfinity(buckets[^1].Bound), $"{one.Key} has a last bucket for all");
            Require(buckets.Zip(buckets[1..]).All(pair =>
                pair.First.Bound < pair.Second.Bound && pair.First.Count <= pair.Second.Count), $"{one.Key} adds up");
            Require(histogram.Samples[one.Key] == buckets[^1].Count, $"{one.Key} is its last bucket");
            Require(histogram.Samples.ContainsKey(one.Key.Replace("_count", "_sum")), $"{one.Key} has a sum");
        }
    }

    private static double NumberOf(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new FormatException($"against the rule: {rule}");
        }
    }

    [GeneratedRegex(
        @"\A# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>([^\\]|\\\\|\\n)+)\z",
        RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Help();

    [GeneratedRegex(
        @"\A# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)\z",
        RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Type();

    [GeneratedRegex(
        $@"\A(?<series>(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{{({Label}(,(?!\}})|(?=\}})))+\}})?) (?<value>{Value})\z",
        RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Sample();

    [GeneratedRegex(",?le=\"(?<bound>[^\"]+)\"", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Bound();
}
