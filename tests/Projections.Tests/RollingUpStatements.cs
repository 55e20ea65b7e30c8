using EventLedger.Projections.Statements;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Projections.Tests;

public class RollingUpStatements
{
    [Fact]
    public async Task A_transaction_takes_a_slice_and_moves_the_checkpoint_with_it()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync([.. Enumerable.Range(0, 10).Select(_ => Fact.Used("a", -1))]);
        var rollup = new StatementRollup(history.Database) { PositionsMax = 4 };

        (await rollup.RollAsync(CancellationToken.None)).ShouldBeTrue();
        (await StateAsync(history)).ShouldBe("4 of 4");
        (await rollup.RollAsync(CancellationToken.None)).ShouldBeTrue();
        (await rollup.RollAsync(CancellationToken.None)).ShouldBeFalse();
        (await StateAsync(history)).ShouldBe("10 of 10");
        (await rollup.RollAsync(CancellationToken.None)).ShouldBeFalse();
        (await StateAsync(history)).ShouldBe("10 of 10");
    }

    [Fact]
    public async Task Of_several_processes_one_does_it_and_the_others_leave_it()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync([.. Enumerable.Range(0, 400).Select(n => Fact.Used($"c-{n % 7}", -1))]);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var rollup = new StatementRollup(history.Database) { PositionsMax = 9 };
            await Eventually.HoldsAsync(async () =>
            {
                await rollup.RollAsync(CancellationToken.None);
                return await StateAsync(history) == "400 of 400";
            });
        }));

        (await StateAsync(history)).ShouldBe("400 of 400");
    }

    [Fact]
    public async Task While_another_process_is_at_it_nothing_is_done()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Used("a", -1));
        await using var connection = await history.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var other = new NpgsqlCommand("select pg_advisory_xact_lock(7000000000000000011)", connection);
        await other.ExecuteNonQueryAsync();

        (await new StatementRollup(history.Database).RollAsync(CancellationToken.None)).ShouldBeFalse();

        (await StateAsync(history)).ShouldBe("0 of 0");
    }

    [Fact]
    public async Task Events_that_change_no_balance_are_passed_over()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Opened("a"));

        await history.RollAsync();

        (await history.ScalarAsync<long>("select count(*) from statement_totals")).ShouldBe(0);
        (await history.ScalarAsync<long>(
            "select last_seq_id from mt_event_progression where name = 'statement_totals'")).ShouldBe(1);
    }

    private static Task<string> StateAsync(History history) => history.ScalarAsync<string>("""
        select coalesce(sum(entries), 0) || ' of ' || last_seq_id
        from mt_event_progression left join statement_totals on true where name = 'statement_totals'
        group by last_seq_id
        """);
}
