using EventLedger.Testing;

namespace EventLedger.EndToEnd.Tests;

/// <summary>What <c>README.md</c> shows below its two commands, on what <c>./run</c> starts.</summary>
public class ReadMe
{
    [Fact]
    public async Task Its_examples_work()
    {
        await using var system = await RunningSystem.StartAsync();
        await Eventually.BecomesAsync(
            () => system.BalanceAsync("amina"), balance => balance?.GetProperty("entries").GetInt64() == 4);
        var folder = TestFolder.Make("readme");
        File.CreateSymbolicLink(Path.Combine(folder, "ledger"), Path.Combine(ProjectFolder.Root, "ledger"));

        var (exitCode, output) = await new ExampleDocument("README.md").RunAsync(folder,
        [
            new("DATABASE_URL", system.Ready["database"]), new("LEDGER", system.Ready["ledger"]),
            new("TOKEN", system.Ready["token"]),
        ]);

        exitCode.ShouldBe(0, output);
        output.ShouldContain("the ledger is whole");
    }
}
