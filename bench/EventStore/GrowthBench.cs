using System.Diagnostics;

namespace EventLedger.EventStore.Bench;

/// <summary>
/// Appends ten million events to one ledger, a hundred thousand at a time, and compares the end with the beginning;
/// then looks whether the first event's id is still known.
/// </summary>
internal static class GrowthBench
{
    private const int Customers = 100_000;
    private const int Events = 10_000_000;
    private const int Step = 100_000;
    private const int StepsCompared = 10;

    public static async Task RunAsync()
    {
        await using var database = await BenchDatabase.StartAsync();

        // Makes the customers.
        await AppendAsync(database, first: 0);
        var rates = new List<double>();

        for (var first = Step; first <= Events; first += Step)
        {
            rates.Add(await AppendAsync(database, first));

            if (first % (10 * Step) == 0)
            {
                Console.WriteLine($"{first} events: {rates.TakeLast(StepsCompared).ToArray().Spread()}, "
                    + $"{await database.BytesPerEventAsync()} bytes an event on disk");
            }
        }

        var begin = rates.Take(StepsCompared).ToArray();
        var end = rates.TakeLast(StepsCompared).ToArray();
        Console.WriteLine($"append from {Step} stored events: {begin.Spread()}; up to {Events}: {end.Spread()}; "
            + $"ratio {end.Median() / begin.Median():N2}; whole run {rates.Count / rates.Sum(rate => 1 / rate):N0}/s");
        Console.WriteLine(await IsKnownAsync(database) ? "the first event's id is known" : "THE FIRST ID IS FORGOTTEN");
    }

    private static async Task<double> AppendAsync(BenchDatabase database, int first)
    {
        var lanes = BenchEvents.Lanes(first, Step, Customers, Appender.Lanes, Appender.BatchSize);
        var started = Stopwatch.GetTimestamp();
        await database.Store.AppendAsync(lanes);
        return Step / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<bool> IsKnownAsync(BenchDatabase database)
    {
        var first = BenchEvents.Make(0, Customers);
        await using var append = await database.Store.BeginAsync(CancellationToken.None);
        var locked = await append.LockAsync([new(first.StreamId, 0)], [first.Id], CancellationToken.None);
        return locked.Fingerprints.ContainsKey(first.Id);
    }
}
