using EventLedger.EventStore.Verifying;
using EventLedger.Projections.Replaying;

namespace EventLedger.Projections.Bench;

/// <summary>
/// Derives all balances from the events and compares them with those in use, as <c>ledger replay --compare</c> does,
/// beside one plain <c>group by</c> with PostgreSQL's own parallel workers.
/// </summary>
internal static class ReplayBench
{
    private const int Rounds = 5;

    private const string PlainSql = """
        select stream_id, data ->> 'asset' as asset, sum((data ->> 'amount')::bigint), count(*), max(seq_id)
        from mt_events group by 1, 2
        """;

    public static async Task<int> RunAsync(int events, int customers)
    {
        await using var ledger = await BenchLedger.StartAsync();
        await ledger.FillAsync(
            events, $"'customer-' || to_char(n % {customers}, 'FM000000')", $"(n - 1) / {customers} + 1", days: 30);
        var (replays, plains) = (new List<double>(), new List<double>());

        for (var round = 0; round < Rounds; round++)
        {
            replays.Add(await BenchLedger.TimeAsync(() => ReplayAsync(ledger, customers)));
            plains.Add(await BenchLedger.TimeAsync(() => ledger.ExecuteAsync(PlainSql)));
            Console.WriteLine($"round {round + 1}: replay {replays[^1]:N2} s, plain {plains[^1]:N2} s");
        }

        var (replay, plain) = (BenchLedger.Median(replays), BenchLedger.Median(plains));
        Console.WriteLine(
            $"replay --compare of {events} events, {customers} customers: {replay:N2} s, "
            + $"{events / replay:N0} events/s, {plain / replay:N2} of plain (medians of {Rounds})");
        return 0;
    }

    private static async Task ReplayAsync(BenchLedger ledger, int customers)
    {
        await using var snapshot = await LedgerSnapshot.TakeAsync(ledger.Database, CancellationToken.None);
        var replay = new BalanceReplay(ledger.Database, snapshot, customerId: null);
        var fold = new BalanceFold();
        var head = await replay.ReadHeadAsync(CancellationToken.None);

        await foreach (var step in replay.StepsAsync(fold, head, progress: null, CancellationToken.None))
        {
            // The fold has taken it.
        }

        var differences = await replay.CompareAsync(fold, CancellationToken.None);

        if (fold.Balances.Count != customers || differences.Count > 0)
        {
            throw new InvalidOperationException($"{fold.Balances.Count} balances, {differences.Count} differ");
        }
    }
}
