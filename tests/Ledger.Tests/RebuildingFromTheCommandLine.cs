using System.Diagnostics;
using EventLedger.Ledger.Cli;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Ledger.Tests;

public class RebuildingFromTheCommandLine
{
    [Fact]
    public async Task What_differs_is_named_and_said_with_1_until_it_is_put_right()
    {
        await using var ledger = await CreateFilledAsync();
        (await ledger.RunAsync("rebuild", "balances")).ShouldBe(
            (0, "balances: as the events up to position 11 give them\n"));
        await ledger.ExecuteAsync("update balances set balance = -1");

        var (exitCode, output) = await ledger.RunAsync("rebuild", "balances", "--check");

        exitCode.ShouldBe(1);
        output.ShouldContain("balances: 1 differ from what the events up to position 11 give");
        output.ShouldContain(
            "customer c, OMR/6: the table has -1 over 10 entries, last at position 11, "
            + "the events give -2340 over 10 entries, last at position 11");
        (await ledger.RunAsync("rebuild", "balances", "--by", "fold", "--swap")).ExitCode.ShouldBe(0);
        (await ledger.RunAsync("rebuild", "balances", "--by", "fold")).ExitCode.ShouldBe(0);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task All_views_are_made_anew_once_statements_are_rolled_up_by_the_service()
    {
        await using var ledger = await CreateFilledAsync();
        await Eventually.HoldsAsync(async () => await ledger.ScalarAsync<long>(
            "select last_seq_id from mt_event_progression where name = 'statement_totals'") == 11);

        var (exitCode, output) = await ledger.RunAsync("rebuild", "all", "--check");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("balances: as the events up to position 11");
        output.ShouldContain("statements: as the events up to position 11");
    }

    [Theory]
    [InlineData("rebuild")]
    [InlineData("rebuild", "everything")]
    [InlineData("rebuild", "balances", "--by", "guess")]
    [InlineData("rebuild", "balances", "--connections", "0")]
    [InlineData("rebuild", "balances", "--connections", "33")]
    public async Task Wrong_use_is_said_with_2(params string[] args)
    {
        var output = new StringWriter();

        (await CommandLine.RunAsync(Verbs.Create(new(_ => null)), args, output, output)).ShouldBe(2);
    }

    [Theory, InlineData("sql"), InlineData("fold")]
    public async Task Killed_half_way_and_started_again_it_ends_right(string way)
    {
        await using var testDatabase = await TestPostgres.CreateDatabaseAsync();
        await using var ledger = await CreateFilledAsync(testDatabase);
        await ledger.ExecuteAsync("update balances set balance = -1");
        string[] command = ["rebuild", "balances", "--swap", "--connections", "2", "--by", way];

        // The second of two slices can't be written down while another transaction has it.
        await using (var connection = await ledger.Sql.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand(
                $"insert into rebuilt_slices values ('balances_by_{way}', 6, 11)", connection);
            await hold.ExecuteNonQueryAsync();
            using var program = Start(testDatabase, command);
            await Eventually.HoldsAsync(async () =>
                await ledger.ScalarAsync<long>("select count(*) from rebuilt_slices") == 1);
            program.Kill();
            await program.WaitForExitAsync();
            (await ledger.ScalarAsync<long>("select balance from balances")).ShouldBe(-1);
        }

        // PostgreSQL notices only after the lock was given that its client is gone.
        var (exitCode, output) = await Eventually.BecomesAsync(
            () => ledger.RunAsync(command), run => !run.Output.Contains("another rebuild is running"));

        exitCode.ShouldBe(0, output);
        output.ShouldContain("broken off had summed 6 positions");
        (await ledger.ScalarAsync<long>("select balance from balances")).ShouldBe(-2340);
        (await ledger.RunAsync("rebuild", "balances", "--check")).ExitCode.ShouldBe(0);
    }

    private static Process Start(TestDatabase database, string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger.dll"), .. args])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DATABASE_URL"] = database.Url;
        return Process.Start(start)!;
    }

    private static async Task<LedgerHost> CreateFilledAsync(TestDatabase? database = null)
    {
        var ledger = await LedgerHost.StartAsync(database ?? await TestPostgres.CreateDatabaseAsync());

        for (var n = 0; n < 10; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}"), 200);
        }

        return ledger;
    }
}
