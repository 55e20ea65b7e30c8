using System.Diagnostics;
using EventLedger.Ledger.Cli;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary>A ledger as it is used goes to a file and from there into another database.</summary>
public class ExportingTheLedger
{
    private readonly string file = Path.Combine(TestFolder.Make("export"), "ledger.ndjson");

    [Fact]
    public async Task It_comes_back_with_everything_that_follows_from_events_and_goes_on()
    {
        await using var ledger = await CreateUsedAsync();
        (await ledger.RunAsync("export", file)).ExitCode.ShouldBe(0);
        await using var database = await TestPostgres.CreateDatabaseAsync();

        var (exitCode, output) = await ImportAsync(database, file);

        exitCode.ShouldBe(0, output);
        await using var copy = await LedgerHost.StartAsync(database);
        await copy.ShouldVerifyAsync();
        (await copy.RunAsync("rebuild", "all")).ExitCode.ShouldBe(0);
        (await copy.RunAsync("export", $"{file}.again")).ExitCode.ShouldBe(0);
        (await File.ReadAllBytesAsync($"{file}.again")).ShouldBe(await File.ReadAllBytesAsync(file));
        await SaysTheSameAsync(ledger, copy, "select encode(hash, 'hex') from head");
        await SaysTheSameAsync(ledger, copy, "select string_agg(b::text, ' ' order by b::text) from balances b");
        await SaysTheSameAsync(ledger, copy, "select string_agg(a::text, ' ' order by a::text) from accounts a");
        await SaysTheSameAsync(ledger, copy, "select string_agg(mt_dotnet_type, ' ' order by seq_id) from mt_events");
        await SaysTheSameAsync(ledger, copy, "select string_agg(i::text, ' ' order by i::text) from event_ids i");

        (await copy.RecordAsync(Envelopes.Of("c", "r-1"), 200)).IsDuplicate().ShouldBeTrue();
        (await copy.RecordAsync(Envelopes.Of("c", "r-1", micro: -7), 409)).Error().ShouldNotBeEmpty();
        (await copy.GrantAsync("c", "g", 500, tenant: null)).IsDuplicate().ShouldBeTrue();
        (await copy.RecordAsync(Envelopes.Of("c", "r-new"), 200)).IsDuplicate().ShouldBeFalse();
        await copy.ShouldVerifyAsync();
    }

    [Fact]
    public async Task What_is_no_event_is_said_to_stay()
    {
        await using var ledger = await CreateUsedAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync("nonsense");
        await producer.PublishAsync(Envelopes.Of("unknown", "r", tenant: null));
        await producer.EverythingIsAcknowledgedAsync();

        var (exitCode, output) = await ledger.RunAsync("export", file);

        exitCode.ShouldBe(0);
        output.ShouldContain("exported 8 events in 6 blocks up to position 8");
        output.ShouldContain("not exported: 1 dead letters, 1 waiting envelopes");
    }

    [Fact]
    public async Task What_another_export_has_begun_is_left_to_it()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var begun = File.Create($"{file}.part");

        var (exitCode, output) = await ledger.RunAsync("export", file);

        exitCode.ShouldBe(1);
        output.ShouldContain("can't be written");
        File.Exists($"{file}.part").ShouldBeTrue();
    }

    [Fact]
    public async Task It_goes_through_a_pipe_and_comes_from_one()
    {
        await using var ledger = await CreateUsedAsync();
        await ledger.RunAsync("export", file);
        await using var database = await TestPostgres.CreateDatabaseAsync();

        using var exporting = Start(ledger.DatabaseUrl, "export");
        using var importing = Start(database.Url, "import", "-");
        await exporting.StandardOutput.BaseStream.CopyToAsync(importing.StandardInput.BaseStream);
        importing.StandardInput.Close();
        var said = await importing.StandardOutput.ReadToEndAsync();
        await importing.WaitForExitAsync();

        importing.ExitCode.ShouldBe(0);
        said.ShouldContain("imported 8 events in 6 blocks");
        (await exporting.StandardError.ReadToEndAsync()).ShouldStartWith("exported 8 events", Case.Sensitive);
    }

    [Fact]
    public async Task A_ledger_that_was_changed_leaves_no_file_behind()
    {
        await using var ledger = await CreateUsedAsync();
        await ledger.ExecuteAsync("update mt_events set data = jsonb_set(data, '{amount}', '0') where seq_id = 4");

        var (exitCode, output) = await ledger.RunAsync("export", file);

        exitCode.ShouldBe(1);
        output.ShouldContain("position 4 ");
        Directory.GetFiles(Path.GetDirectoryName(file)!).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_was_changed_is_refused_by_line_and_position_and_the_database_stays_empty()
    {
        await using var ledger = await CreateUsedAsync();
        await ledger.RunAsync("export", file);
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("\"amount\":500", "\"amount\":501"));
        await using var database = await TestPostgres.CreateDatabaseAsync();

        var (exitCode, output) = await ImportAsync(database, file);

        exitCode.ShouldBe(1);
        output.ShouldContain("line 6: position 3 was changed");
        await File.WriteAllTextAsync(file, text);
        (await ImportAsync(database, file)).ExitCode.ShouldBe(0);
        (await ImportAsync(database, file)).Output.ShouldContain("isn't empty");
    }

    [Fact]
    public async Task An_event_that_this_version_does_not_know_is_named()
    {
        await using var ledger = await CreateUsedAsync();
        await ledger.RunAsync("export", file);
        var lines = await File.ReadAllLinesAsync(file);
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var unknown = lines.Select(line => line.Replace("\"type\":\"credit_granted\"", "\"type\":\"credit_gifted\""));
        await File.WriteAllLinesAsync(file, unknown);

        (await ImportAsync(database, file)).Output.ShouldContain("position 3 ");
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_named()
    {
        await using var ledger = await LedgerHost.StartAsync();

        foreach (var verb in (string[])["export", "import"])
        {
            var (exitCode, output) = await ledger.RunAsync(verb, "/nowhere/ledger.ndjson");
            exitCode.ShouldBe(1);
            output.ShouldContain("/nowhere/ledger.ndjson");
        }
    }

    // Two accounts, one of them closed and of another tenant than it was opened with; eight events in six blocks.
    private static async Task<LedgerHost> CreateUsedAsync()
    {
        var ledger = await LedgerHost.StartAsync();
        var charged = await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        await ledger.GrantAsync("c", "g", 500, tenant: null);
        await ledger.RecordAsync(Envelopes.Of("größer d", "r-1"), 200);
        await ledger.ReverseAsync(charged.Entry());
        await ledger.PostAsync(
            "/billing/customers/c/tenant", """{"tenant_id":"tenant-other","reason":"moved"}""", 200);
        await ledger.PostAsync("/billing/customers/c/close", """{"reason":"left"}""", 200);
        return ledger;
    }

    private static async Task SaysTheSameAsync(LedgerHost one, LedgerHost other, string sql) =>
        (await other.ScalarAsync<string>(sql)).ShouldBe(await one.ScalarAsync<string>(sql));

    private static async Task<(int ExitCode, string Output)> ImportAsync(TestDatabase database, string file)
    {
        var output = new StringWriter();
        var settings = LedgerHost.Settings(database.Url, natsUrl: "", port: 1);
        var exitCode = await CommandLine.RunAsync(Verbs.Create(settings), ["import", file], output, output);
        return (exitCode, output.ToString());
    }

    private static Process Start(string databaseUrl, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger.dll"), .. args])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DATABASE_URL"] = databaseUrl;
        return Process.Start(start)!;
    }
}
