namespace EventLedger.Ledger.Bench;

/// <summary>
/// What a ledger with ten million events does beside one with a hundredth of them. Both are there at the same time, and
/// take turns: a machine that is slower some minutes later would pass for growth.
/// </summary>
internal static class GrowthBench
{
    private const int Few = 100_000;
    private const int Many = 10_000_000;
    private const int Step = 500_000;
    private const int Rounds = 5;

    public static async Task RunAsync(RunningLedger old, int customers)
    {
        await FillAsync(old, customers);
        await using var young = await RunningLedger.StartAsync();
        await IntakeBench.MeasureAsync(young, "few", Few, customers);
        var charges = new List<(Rate Young, Rate Old)>();
        var reads = new List<(Rate Young, Rate Old)>();

        // The first round isn't counted.
        for (var round = 0; round <= Rounds; round++)
        {
            charges.Add(await TurnAsync(
                round, ledger => RequestBench.ChargeAsync(ledger, $"round{round}", customers)));
            reads.Add(await TurnAsync(round, ledger => RequestBench.ReadBalanceAsync(ledger, customers)));
            Console.WriteLine($"round {round}: requests {charges[^1]}, balance reads {reads[^1]}");
        }

        Console.WriteLine($"at {Few} and {Many} events, {customers} customers: requests {Text(charges)}; "
            + $"balance reads {Text(reads)}");

        async Task<(Rate Young, Rate Old)> TurnAsync(int round, Func<RunningLedger, Task<Rate>> measure)
        {
            if (round % 2 == 0)
            {
                return (await measure(young), await measure(old));
            }

            var last = await measure(old);
            return (await measure(young), last);
        }
    }

    private static async Task FillAsync(RunningLedger ledger, int customers)
    {
        for (var filled = 0; filled < Many; filled += Step)
        {
            var rate = await IntakeBench.MeasureAsync(ledger, $"fill{filled}", Step, customers);
            Console.WriteLine($"{filled}: {rate:N0} messages/s");
        }
    }

    private static string Text(List<(Rate Young, Rate Old)> rounds)
    {
        var counted = rounds.Skip(1).ToArray();
        double[] ratios = [.. counted.Select(round => round.Old.PerSecond / round.Young.PerSecond).Order()];
        return $"{Rate.Median(counted.Select(round => round.Young))} and "
            + $"{Rate.Median(counted.Select(round => round.Old))}, "
            + $"ratio {ratios[Rounds / 2]:N2} ({ratios[0]:N2} to {ratios[^1]:N2})";
    }
}
