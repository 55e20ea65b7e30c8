using EventLedger.EventStore.Schema;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Settings;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Ledger.Tests;

public class UsingTheCommandLine
{
    [Fact]
    public async Task Migrating_says_what_it_applied_and_then_that_nothing_is_left()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var settings = LedgerHost.Settings(database.Url, natsUrl: "", port: 1);

        var (_, output) = await RunAsync(settings, "migrate");
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var count = source.CreateCommand("select count(*) from schema_migrations");
        output.ShouldContain($"{await count.ExecuteScalarAsync()} migrations applied");
        (await RunAsync(settings, "migrate")).ShouldBe((0, "nothing to apply\n"));
    }

    [Fact]
    public async Task A_balance_is_shown_for_each_asset()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r", micro: -234), 200);

        var (exitCode, output) = await ledger.RunAsync("balance", "c");

        exitCode.ShouldBe(0);
        output.Split(' ', '\n').Where(word => word.Length > 0)
            .ShouldBe(["asset", "balance", "entries", "position", "OMR/6", "-234", "1", "2"]);
        (await ledger.RunAsync("balance", "c", "--output", "csv")).Output
            .ShouldBe("asset,balance,entries,position\r\nOMR/6,-234,1,2\r\n");
        (await ledger.RunAsync("balance", "nobody")).ExitCode.ShouldBe(1);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("balance")]
    [InlineData("balance", "c", "--output", "xml")]
    [InlineData("token", "--role", "auditor")]
    [InlineData("token", "--role", "auditor", "--subject", "a", "--ttl", "soon")]
    [InlineData("token", "--role", "auditor", "--subject", "a", "--ttl", "20000000d")]
    [InlineData("entries", "c", "--from", "01/11/2026")]
    [InlineData("entries", "c", "--to", "10:00")]
    public async Task Wrong_use_is_said_with_2(params string[] args) =>
        (await RunAsync(new(_ => null), args)).ExitCode.ShouldBe(2);

    [Theory]
    [InlineData("DATABASE_URL", "verify")]
    [InlineData("DATABASE_URL", "migrate")]
    [InlineData("DATABASE_URL", "balance", "c")]
    [InlineData("JWT_SECRET", "token", "--role", "auditor", "--subject", "a")]
    [InlineData("DATABASE_URL", "serve")]
    public async Task A_missing_setting_is_named(string setting, params string[] args)
    {
        var (exitCode, output) = await RunAsync(new(_ => null), args);

        exitCode.ShouldBe(2);
        output.ShouldContain(setting);
    }

    [Theory]
    [InlineData("LEDGER_PORT", "70000")]
    [InlineData("INTAKE_LANES", "none")]
    [InlineData("JWT_SECRET", "short")]
    public async Task A_wrong_setting_stops_the_start_with_what_is_allowed(string setting, string value)
    {
        var settings = new LedgerSettings(name => name == setting ? value : name switch
        {
            "DATABASE_URL" => "postgres://nobody@127.0.0.1:1/none",
            "NATS_URL" => "nats://127.0.0.1:1",
            "JWT_SECRET" => new string('s', 32),
            _ => null,
        });

        var (exitCode, output) = await RunAsync(settings, "serve");

        exitCode.ShouldBe(2);
        output.ShouldContain(setting);
        output.ShouldContain("Expected:");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_said_with_3()
    {
        var settings = LedgerHost.Settings("postgres://nobody@127.0.0.1:1/none", natsUrl: "", port: 1);

        (await RunAsync(settings, "verify")).ExitCode.ShouldBe(3);
    }

    [Fact]
    public async Task A_database_that_refuses_is_not_said_to_be_out_of_reach()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var settings = LedgerHost.Settings(database.Url, natsUrl: "", port: 1);
        await RunAsync(settings, "migrate");
        await using (var source = DatabaseUrl.Open(database.Url, "tests"))
        {
            await using var narrow = source.CreateCommand("alter table head drop column hash");
            await narrow.ExecuteNonQueryAsync();
        }

        var (exitCode, output) = await RunAsync(settings, "verify");

        exitCode.ShouldBe(1);
        output.ShouldContain("The database refused it: 42703");
        output.ShouldNotContain("can't be reached");
    }

    [Fact]
    public async Task A_secret_may_come_from_a_file()
    {
        var file = Path.Combine(TestFolder.Make("secret"), "jwt");
        await File.WriteAllTextAsync(file, new string('s', 40) + "\n");
        var settings = new LedgerSettings(name => name == "JWT_SECRET_FILE" ? file : null);

        settings.TokenSecret.Length.ShouldBe(40);
        (await RunAsync(settings, "token", "--role", "auditor", "--subject", "a", "--ttl", "30m"))
            .Output.Split('.').Length.ShouldBe(3);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(LedgerSettings settings, params string[] args)
    {
        var output = new StringWriter();
        return (await CommandLine.RunAsync(Verbs.Create(settings), args, output, output), output.ToString());
    }
}
