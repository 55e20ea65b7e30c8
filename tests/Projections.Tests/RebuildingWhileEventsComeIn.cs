using System.Data;
using EventLedger.Projections.Rebuilding;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Projections.Tests;

public class RebuildingWhileEventsComeIn
{
    private const int Customers = 40;
    private const long Tampered = 1_000_000_007;

    // The long form's load, and a tenth more, so that the last batch of each writer may be on its way.
    private const int PerSecond = 5000;
    private const int RoundsMax = 2000;
    private static readonly int EventsMin = Rounds.Of(few: 0, many: 30 * PerSecond);
    private static readonly int Paced = Rounds.Of(few: PerSecond / 10, many: PerSecond) * 11 / 10;

    // Behind the appends' lock: row by row, it would close a circle with appends that wait for each other's tickets,
    // as a swap would that took no lock.
    private static readonly string TamperSql = $"""
        select pg_advisory_xact_lock(7000000000000000003);
        update balances set balance = balance + {Tampered}
        """;

    // In one snapshot: each balance beside the sum of its events, up to its position and at all.
    private const string WatchSql = """
        select b.customer_id, b.balance, sum(e.amount)::bigint,
            sum(e.amount) filter (where e.position <= b.position)::bigint, b.entries = count(e.amount)
        from balances b join entries e on e.customer_id = b.customer_id and e.asset = b.asset
        where b.customer_id = any($1) group by b.customer_id, b.asset
        """;

    [Fact]
    public async Task No_wrong_balance_is_readable_at_any_moment_but_the_one_that_was_wrong_before()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync([.. Enumerable.Range(0, Customers).Select(n => Fact.Used($"c-{n}", -1))]);
        using var end = new CancellationTokenSource();
        var intake = new LiveIntake(history, Customers, Paced);
        var reader = Task.Run(() => WatchAsync(history, end.Token));

        for (var round = 0;
            (round < Rounds.Of(few: 6, many: 40) || intake.Booked < EventsMin) && !intake.HasFailed;
            round++)
        {
            await history.ExecuteAsync(TamperSql);
            var report = await history.RebuildAsync(
                "balances", round % 2 == 0 ? [Way.Sql] : [Way.Fold], swap: true, new() { SlicePositionsMax = 20_000 });
            report.Differences.ShouldBe(Customers);
            round.ShouldBeLessThan(RoundsMax, $"{intake.Booked} events are booked");
        }

        var perSecond = intake.PerSecond;
        await end.CancelAsync();
        (await reader).ShouldBeGreaterThan(0);
        await intake.EndAsync();
        (await history.RebuildAsync("balances", [Way.Sql, Way.Fold])).IsClean.ShouldBeTrue();
        (await history.ScalarAsync<long>("select sum(entries)::bigint from balances"))
            .ShouldBe(Customers + intake.Booked);

        if (Rounds.AreLong)
        {
            perSecond.ShouldBeGreaterThanOrEqualTo(PerSecond, "the load under which it must hold");
        }
    }

    [Fact]
    public async Task A_snapshot_from_before_the_swap_goes_on_seeing_what_it_saw()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Used("a", -10), Fact.Used("b", -5));
        await history.ExecuteAsync("update balances set balance = 7 where customer_id = 'b'");
        await using var connection = await history.Database.OpenConnectionAsync();
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        (await ScalarAsync("select position from head")).ShouldBe(2);

        await history.AppendAsync(Fact.Used("a", -1), Fact.Used("b", -1));
        await history.RebuildAsync("balances", [Way.Sql], swap: true);

        (await ScalarAsync("select balance from balances where customer_id = 'a'")).ShouldBe(-10);
        (await ScalarAsync("select balance from balances where customer_id = 'b'")).ShouldBe(7);
        (await history.ScalarAsync<long>("select balance from balances where customer_id = 'b'")).ShouldBe(-6);

        async Task<long> ScalarAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }

    [Fact]
    public async Task Statement_totals_are_put_right_while_they_are_rolled_up()
    {
        await using var history = await History.CreateAsync();
        using var end = new CancellationTokenSource();
        var intake = new LiveIntake(history, Customers, Paced);
        await Eventually.HoldsAsync(() => intake.IsRunning);
        var roller = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                await history.RollAsync();
            }
        });

        for (var round = 0; round < Rounds.Of(few: 4, many: 40); round++)
        {
            await Eventually.HoldsAsync(async () =>
                await history.ScalarAsync<long>("select count(*) from statement_totals") >= Customers);
            await history.ExecuteAsync("update statement_totals set tokens_used = 0 where customer_id = 'c-1'");
            (await history.RebuildAsync(
                "statements", [Way.Sql], swap: true, new() { SlicePositionsMax = 20_000 })).Differences.ShouldBe(1);
        }

        await end.CancelAsync();
        await Task.WhenAll(roller, intake.EndAsync());
        await history.RollAsync();
        (await history.RebuildAsync("statements", [Way.Sql, Way.Fold])).First.ShouldBeEmpty();
    }

    private static async Task<int> WatchAsync(History history, CancellationToken ending)
    {
        var watched = 0;
        var random = new Random(0);

        while (!ending.IsCancellationRequested)
        {
            await using var command = history.Database.CreateCommand(WatchSql);
            command.Parameters.Add(new()
            {
                Value = new[] { "c-1", "c-2", $"c-{random.Next(Customers)}", $"c-{random.Next(Customers)}" },
            });
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);

            while (await reader.ReadAsync(CancellationToken.None))
            {
                var (customer, balance, all) = (reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2));
                reader.GetInt64(3).ShouldBe(all, customer);
                reader.GetBoolean(4).ShouldBeTrue(customer);
                (balance - all).ShouldBeOneOf(0, Tampered);
                watched++;
            }
        }

        return watched;
    }
}
