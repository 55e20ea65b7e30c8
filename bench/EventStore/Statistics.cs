namespace EventLedger.EventStore.Bench;

/// <summary>Figures of several rounds.</summary>
internal static class Statistics
{
    public static double Median(this IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);

    public static string Spread(this IReadOnlyCollection<double> values) =>
        $"{values.Median():N0}/s ({values.Min():N0} to {values.Max():N0})";
}
