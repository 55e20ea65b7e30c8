using EventLedger.Projections.Rebuilding;

namespace EventLedger.Projections.Bench;

/// <summary>
/// Makes balances anew from all events and compares them with those in use: the whole of <c>ledger rebuild
/// balances</c>, both ways in turns, beside one plain <c>group by</c> with PostgreSQL's own parallel workers.
/// </summary>
internal static class RebuildBench
{
    private const int Rounds = 5;

    private const string PlainSql = """
        create table plain as
        select stream_id, data ->> 'asset' as asset, sum((data ->> 'amount')::bigint), count(*), max(seq_id)
        from mt_events group by 1, 2
        """;

    public static async Task<int> RunAsync(int events, int customers)
    {
        await using var ledger = await BenchLedger.StartAsync();
        await ledger.FillAsync(
            events, $"'customer-' || to_char(n % {customers}, 'FM000000')", $"(n - 1) / {customers} + 1", days: 30);
        var (sums, folds, plains) = (new List<double>(), new List<double>(), new List<double>());

        for (var round = 0; round < Rounds; round++)
        {
            sums.Add(events / await BenchLedger.TimeAsync(() => RebuildAsync(ledger, Way.Sql)));
            folds.Add(events / await BenchLedger.TimeAsync(() => RebuildAsync(ledger, Way.Fold)));
            await ledger.ExecuteAsync("drop table if exists plain");
            plains.Add(events / await BenchLedger.TimeAsync(() => ledger.ExecuteAsync(PlainSql)));
            Console.WriteLine(
                $"round {round + 1}: sql {sums[^1]:N0}/s, fold {folds[^1]:N0}/s, plain {plains[^1]:N0}/s");
        }

        var (sum, fold, plain) = (BenchLedger.Median(sums), BenchLedger.Median(folds), BenchLedger.Median(plains));
        Console.WriteLine($"{events} events, {customers} customers, medians of {Rounds}");
        Console.WriteLine($"by sql  {sum:N0} events/s, {sum / plain:N2} of plain");
        Console.WriteLine($"by fold {fold:N0} events/s, {fold / plain:N2} of plain");
        Console.WriteLine($"plain group by {plain:N0} events/s");
        return 0;
    }

    private static async Task RebuildAsync(BenchLedger ledger, Way way)
    {
        await using var rebuilder = await Rebuilder.OpenAsync(ledger.Database, new(), CancellationToken.None);
        var balances = RebuiltView.All.Single(view => view.Name == "balances");
        var report = await rebuilder.RebuildAsync(balances, [way], 1, progress: null, CancellationToken.None);

        if (!report.IsClean)
        {
            throw new InvalidOperationException($"{report.Differences} differ: {report.First[0]}");
        }
    }
}
