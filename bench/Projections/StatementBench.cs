using EventLedger.Projections.Accounts;
using EventLedger.Projections.Balances;
using EventLedger.Projections.Entries;
using EventLedger.Projections.Statements;
using EventLedger.Projections.Usage;

namespace EventLedger.Projections.Bench;

/// <summary>
/// Rolls a month up, and reads the statement of a customer who has half of its entries: of the whole month, of one
/// that begins and ends within a day, and with the last entries not rolled up; beside a sum over the events. Then what
/// else is read of that customer: past balances, pages of entries, usage, and every entry in turn.
/// </summary>
internal static class StatementBench
{
    private const int Rounds = 5;
    private const int Days = 30;

    private static readonly DateTimeOffset Month = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync(int entries)
    {
        await using var ledger = await BenchLedger.StartAsync();
        await ledger.FillAsync(
            entries * 2, "case when n % 2 = 0 then 'big' else 'small-' || n % 10000 end",
            "case when n % 2 = 0 then n / 2 else (n - 1) / 10000 + 1 end", Days);
        var rollup = new StatementRollup(ledger.Database);
        var rolled = 0;
        var time = await BenchLedger.TimeAsync(async () =>
        {
            for (; rolled + rollup.PositionsMax < entries * 2; rolled += rollup.PositionsMax)
            {
                await rollup.RollAsync(CancellationToken.None);
            }
        });
        Console.WriteLine($"rolled up {rolled / time:N0} events/s");
        await ShowAsync(ledger, $"month, {entries * 2 - rolled} positions not rolled up", Month, Month.AddDays(Days));
        await rollup.RollAsync(CancellationToken.None);

        await ShowAsync(ledger, "month", Month, Month.AddDays(Days));
        await ShowAsync(ledger, "from noon to noon", Month.AddHours(12), Month.AddDays(Days - 2).AddHours(12));
        await MedianAsync("a sum over the events", () => ledger.ExecuteAsync(
            "select day, model, sum(amount) from entries where customer_id = 'big' group by 1, 2"));
        await ShowReadingAsync(ledger, entries * 2);
        await StreamAsync(ledger, entries * 2);
        return 0;
    }

    private static async Task ShowReadingAsync(BenchLedger ledger, int head)
    {
        var past = new PastBalanceQueries(ledger.Database);
        var pages = new EntryQueries(ledger.Database);
        var usage = new UsageQueries(ledger.Database);
        var rare = new EntryFilter { RequestId = "req-2" };
        await ledger.ExecuteAsync("insert into accounts select id, 't' from mt_streams");
        await BesideAsync(
            "balance at half of it", () => past.ReadAsync("big", head / 2, CancellationToken.None),
            $"select asset, sum(amount) from entries where customer_id = 'big' and position <= {head / 2} group by 1");
        await BesideAsync(
            "newest 100 entries", () => ReadPageAsync(EntryFilter.All, next: null),
            "select data from mt_events where stream_id = 'big' order by version desc limit 100");
        await BesideAsync(
            "100 entries from the middle", () => ReadPageAsync(EntryFilter.All, head / 4),
            "select data from mt_events where stream_id = 'big' order by version desc "
            + $"offset {head / 4} limit 100");
        await BesideAsync(
            "a page that few entries pass", () => ReadPageAsync(rare, next: null),
            "select data from mt_events where stream_id = 'big' and data ->> 'request_id' = 'req-2'");
        await BesideAsync(
            "usage by model", () => usage.ReadAsync(
                new(AccountScope.All, "OMR/6", UsageGrouping.Model), after: null, 100, CancellationToken.None),
            "select model, sum(amount), sum(tokens_used) from entries group by 1");

        Task ReadPageAsync(EntryFilter filter, long? next) =>
            pages.ReadPageAsync("big", filter, next, 100, CancellationToken.None);

        // Beside what somebody would write who has nothing but the events.
        async Task BesideAsync(string name, Func<Task> work, string plainSql)
        {
            var ours = await MedianAsync(name, work);
            var plain = await MedianAsync("  from the events alone", () => ledger.ExecuteAsync(plainSql));
            Console.WriteLine($"  ratio {plain / ours:N2}");
        }
    }

    // What a statement in CSV reads, beside the same rows as they are. Collecting takes its time, so memory is looked
    // at in a run that isn't timed: by what is alive after a collection while it goes on.
    private static async Task StreamAsync(BenchLedger ledger, long head)
    {
        var entries = new EntryQueries(ledger.Database);
        var (read, most) = (0, 0L);
        var plain = await BenchLedger.TimeAsync(() => ReadPlainlyAsync(ledger));
        var time = await BenchLedger.TimeAsync(async () => read = await entries.ReadAsync("big", 0, head).CountAsync());
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var passed = 0;

        await foreach (var entry in entries.ReadAsync("big", 0, head))
        {
            if (++passed % 50_000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Console.WriteLine(
            $"streamed {read} entries, {read / time:N0}/s; the rows alone {read / plain:N0}/s, ratio "
            + $"{plain / time:N2}; at most {most / 1024:N0} KiB more alive");
    }

    private static async Task ReadPlainlyAsync(BenchLedger ledger)
    {
        await using var command = ledger.Database.CreateCommand(
            "select data from mt_events where stream_id = 'big' order by version");
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync();

        while (await reader.ReadAsync())
        {
            reader.GetFieldValue<byte[]>(0);
        }
    }

    private static async Task ShowAsync(BenchLedger ledger, string name, DateTimeOffset from, DateTimeOffset to)
    {
        var statements = new StatementQueries(ledger.Database);
        var statement = await statements.ReadAsync("big", from, to, CancellationToken.None);
        await MedianAsync(
            $"{name}: {statement.Totals.Sum(total => total.Entries)} entries in {statement.Totals.Count} totals",
            () => statements.ReadAsync("big", from, to, CancellationToken.None));
    }

    private static async Task<double> MedianAsync(string name, Func<Task> work)
    {
        var times = new List<double>();

        for (var round = 0; round < Rounds; round++)
        {
            times.Add(await BenchLedger.TimeAsync(work));
        }

        var median = BenchLedger.Median(times);
        Console.WriteLine($"{name}: {median * 1000:N1} ms, median of {Rounds}");
        return median;
    }
}
