using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary>What <c>docs/audit.md</c> tells auditors to do is done, as it stands there.</summary>
public class AuditDocument
{
    // What a shell says where a program isn't installed.
    private const int CommandNotFound = 127;

    private static readonly ExampleDocument Document = new("docs/audit.md");

    private readonly string folder = TestFolder.Make("auditor");

    [Fact]
    public async Task An_hour_as_an_auditor_goes_as_it_says()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await using var copy = await TestPostgres.CreateDatabaseAsync();

        var (exitCode, output) = await Document.RunAsync(
            folder,
            [
                .. ledger.Variables, new("LEDGER", $"{ledger.Client.BaseAddress}".TrimEnd('/')),
                new("TOKEN", ledger.Bearer("auditor").Parameter!), new("COPY_DATABASE_URL", copy.Url),
            ]);

        exitCode.ShouldBe(0, output);
        output.ShouldContain("the ledger is whole up to position 11");
        output.ShouldContain("1 balances are what the events up to position 11 give");
        output.ShouldContain("usage_recorded");
        output.ShouldContain("customer c is whole");
        output.ShouldContain("22 total");
        output.ShouldContain("is at position 11");
        output.ShouldContain("imported 11 events in 10 blocks");
    }

    [Fact]
    public async Task The_checker_that_is_not_ours_follows_the_chain_and_finds_what_was_changed()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await ledger.RecordAsync(Envelopes.Of("größer \\\"c\\\"", "r \\u001f\u007f"), 200);
        await File.WriteAllLinesAsync(Path.Combine(folder, "check.py"), Checker());
        await ledger.RunAsync("export", Path.Combine(folder, "ledger.ndjson"));
        var (exitCode, output) = await RunAsync("python3 check.py ledger.ndjson");

        if (exitCode == CommandNotFound)
        {
            return;
        }

        exitCode.ShouldBe(0, output);
        output.ShouldContain("the chain is whole up to position 13");
        (await RunAsync("sed -i '10s/-234/-235/' ledger.ndjson && python3 check.py ledger.ndjson")).Output
            .ShouldContain("the events don't give its root");
    }

    private static IEnumerable<string> Checker() =>
        Document.Lines.SkipWhile(line => line != "```python").Skip(1).TakeWhile(line => line != "```");

    private Task<(int ExitCode, string Output)> RunAsync(string command) =>
        Shell.RunAsync(folder, [], "bash", "-c", command);
}
