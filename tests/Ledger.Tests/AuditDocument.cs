using System.Diagnostics;
using System.Text.RegularExpressions;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary>What <c>docs/audit.md</c> tells auditors to do is done, as it stands there.</summary>
public partial class AuditDocument
{
    private const int MatchLimitMs = 1000;

    // What a shell says where a program isn't installed.
    private const int CommandNotFound = 127;

    private static readonly string Document =
        File.ReadAllText(Path.Combine(ProjectFolder.Root, "docs", "audit.md"));

    private readonly string folder = TestFolder.Make("auditor");

    [Fact]
    public async Task An_hour_as_an_auditor_goes_as_it_says()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await using var copy = await TestPostgres.CreateDatabaseAsync();

        var (exitCode, output) = await RunAsync(ledger, copy.Url, string.Concat(Blocks("sh")));

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
    public async Task The_checker_of_others_finds_what_was_changed()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await ledger.RecordAsync(Envelopes.Of("größer \\\"c\\\"", "r \\u001f\u007f"), 200);
        await File.WriteAllTextAsync(Path.Combine(folder, "check.py"), Blocks("python").Single());
        await ledger.RunAsync("export", Path.Combine(folder, "ledger.ndjson"));
        var (exitCode, output) = await RunAsync(ledger, "", "python3 check.py ledger.ndjson");

        if (exitCode == CommandNotFound)
        {
            return;
        }

        exitCode.ShouldBe(0, output);
        output.ShouldContain("the chain is whole up to position 13");
        (await RunAsync(ledger, "", "sed -i '10s/-234/-235/' ledger.ndjson && python3 check.py ledger.ndjson")).Output
            .ShouldContain("the events don't give its root");
    }

    private static IEnumerable<string> Blocks(string language) => Fence().Matches(Document)
        .Where(fence => fence.Groups["language"].Value == language)
        .Select(fence => fence.Groups["text"].Value);

    private async Task<(int ExitCode, string Output)> RunAsync(LedgerHost ledger, string copyUrl, string script)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ledger.dll");
        var start = new ProcessStartInfo(
            "bash", ["-c", $"set -euo pipefail; exec 2>&1; ledger() {{ dotnet '{program}' \"$@\"; }}\n{script}"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["LEDGER"] = ledger.Client.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["DATABASE_URL"] = ledger.DatabaseUrl;
        start.Environment["COPY_DATABASE_URL"] = copyUrl;
        start.Environment["TOKEN"] = ledger.Bearer("auditor").Parameter;
        using var shell = Process.Start(start)!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        return (shell.ExitCode, output);
    }

    [GeneratedRegex(
        "^```(?<language>[a-z]+)\n(?<text>.*?)^```", RegexOptions.ExplicitCapture | RegexOptions.Multiline
        | RegexOptions.Singleline, MatchLimitMs)]
    private static partial Regex Fence();
}
