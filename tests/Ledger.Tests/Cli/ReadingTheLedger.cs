using System.Text.Json;
using EventLedger.Projections.Entries;

namespace EventLedger.Ledger.Tests.Cli;

public class ReadingTheLedger
{
    [Fact]
    public async Task A_past_balance_is_what_it_was()
    {
        await using var ledger = await CreateFilledAsync();

        (await JsonAsync(ledger, "balance", "c", "--position", "3"))[0].GetProperty("balance").GetInt64().ShouldBe(-30);
        (await JsonAsync(ledger, "balance", "c", "--at", "2020-01-01")).GetArrayLength().ShouldBe(0);
        (await JsonAsync(ledger, "balance", "c", "--at", "2120-01-01"))[0].ToString()
            .ShouldBe("""{"asset":"OMR/6","balance":-60,"entries":3,"as_of_position":4}""");
        var (exitCode, output) = await ledger.RunAsync("balance", "c", "--position", "5");
        (exitCode, output).ShouldBe((1, "ledger: position 5 is beyond the ledger, which is at 4\n"));
    }

    [Fact]
    public async Task Entries_come_newest_first_and_what_is_left_out_is_said()
    {
        await using var ledger = await CreateFilledAsync();

        (await JsonAsync(ledger, "entries", "c")).EnumerateArray()
            .Select(entry => entry.GetProperty("amount").GetInt64()).ShouldBe([-30, -20, -10]);
        (await JsonAsync(ledger, "entries", "c", "--request-id", "r-2"))[0].GetProperty("position").GetInt64()
            .ShouldBe(3);
        var (exitCode, output) = await ledger.RunAsync("entries", "c", "--limit", "2", "--output", "csv");
        exitCode.ShouldBe(0);
        output.ShouldContain("ledger: there are more than 2; --limit shows them");
    }

    [Theory]
    [InlineData("r-3", false)]
    [InlineData(null, true)]
    public async Task More_are_left_out_only_where_there_are_more(string? request, bool areMore)
    {
        await using var ledger = await CreateFilledAsync();

        // So far from those before it that a page which has it ends before them.
        await ledger.ExecuteAsync($"""
            set session_replication_role = replica;
            update mt_events set version = {EntryQueries.LookedAtMax + 10} where seq_id = 4;
            update mt_streams set version = {EntryQueries.LookedAtMax + 10} where id = 'c'
            """);

        var (exitCode, output) = await ledger.RunAsync(
            ["entries", "c", "--limit", "1", .. request is null ? [] : (string[])["--request-id", request]]);

        exitCode.ShouldBe(0, output);
        output.ShouldContain("r-3");
        output.Contains("there are more than 1").ShouldBe(areMore);
    }

    [Fact]
    public async Task A_statement_leads_from_the_opening_to_the_closing_balance()
    {
        await using var ledger = await CreateFilledAsync();

        var lines = (await JsonAsync(ledger, "statement", "c", "--from", "2020-01-01", "--to", "2120-01-01"))
            .EnumerateArray().ToArray();

        lines.Select(line => line.GetProperty("kind").GetString()).ShouldBe(["opening", "usage_recorded", "closing"]);
        lines.Select(line => line.GetProperty("balance").GetInt64()).ShouldBe([0, -60, -60]);
        lines[1].GetProperty("entries").GetInt64().ShouldBe(3);
    }

    private static async Task<JsonElement> JsonAsync(LedgerHost ledger, params string[] args)
    {
        var (exitCode, output) = await ledger.RunAsync([.. args, "--output", "json"]);
        exitCode.ShouldBe(0, output);
        return JsonElement.Parse(output);
    }

    private static async Task<LedgerHost> CreateFilledAsync()
    {
        var ledger = await LedgerHost.StartAsync();

        for (var n = 1; n <= 3; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}", micro: -10 * n), 200);
        }

        return ledger;
    }
}
