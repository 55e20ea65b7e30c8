using System.Net;
using System.Text;
using System.Text.Json;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary>Balances are derived from the events alone, whatever the table in use says.</summary>
public class ReplayingFromTheCommandLine
{
    [Fact]
    public async Task Balances_come_from_the_events_and_not_from_the_table()
    {
        await using var ledger = await CreateUsedAsync();
        await ledger.ExecuteAsync("delete from balances");

        var balances = await JsonAsync(ledger, "replay");

        balances.Select(row => Text(row, "customer_id", "asset", "balance", "entries", "position")).ShouldBe(
            ["c OMR/6 266 2 3", "d OMR/6 -234 1 5"]);
        (await JsonAsync(ledger, "replay", "--customer", "d")).Single().GetProperty("balance").GetInt64()
            .ShouldBe(-234);
    }

    [Fact]
    public async Task Each_step_is_shown_with_the_balance_after_it()
    {
        await using var ledger = await CreateUsedAsync();

        var steps = await JsonAsync(ledger, "replay", "--customer", "c", "--explain");

        steps.Select(row => Text(row, "position", "type", "amount", "balance_after")).ShouldBe(
            ["2 usage_recorded -234 -234", "3 credit_granted 500 266"]);
        (await JsonAsync(ledger, "replay", "--explain")).Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_past_answer_does_not_change_by_position_or_by_time()
    {
        await using var ledger = await CreateUsedAsync();
        var time = await ledger.ScalarAsync<string>(
            """select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') from head""");
        var before = await ledger.RunAsync("replay", "--at", time, "--output", "csv");
        before.Output.ShouldContain("d,OMR/6,-234,1,5");

        await ledger.RecordAsync(Envelopes.Of("c", "later"), 200);

        (await ledger.RunAsync("replay", "--at", time, "--output", "csv")).ShouldBe(before);
        (await ledger.RunAsync("replay", "--position", "5", "--output", "csv")).ShouldBe(before);
        (await JsonAsync(ledger, "replay", "--position", "2")).Single().GetProperty("balance").GetInt64()
            .ShouldBe(-234);
        (await JsonAsync(ledger, "replay", "--at", "2001-01-01")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_past_answer_is_that_of_the_api_before_and_after_many_more_events()
    {
        await using var ledger = await CreateUsedAsync();
        var time = await ledger.ScalarAsync<DateTime>("select recorded_at from head");
        var path = $"/billing/customers/c/balance?at={time:O}";
        var before = await ledger.Client.GetStringAsync(path);
        before.ShouldContain("\"balance_micro_omr\":266,");

        for (var list = 0; list < Rounds.Of(few: 3, many: 100); list++)
        {
            var lines = Enumerable.Range(0, 1000).Select(n => Envelopes.Of(n % 2 == 0 ? "c" : "d", $"more-{list}-{n}"));
            var answer = await ledger.Client.PostAsync("/billing/metering/records", new StringContent(
                string.Join('\n', lines.Select(line => line.ReplaceLineEndings(""))), Encoding.UTF8,
                "application/x-ndjson"));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await ledger.Client.GetStringAsync(path)).ShouldBe(before);
        (await JsonAsync(ledger, "replay", "--at", $"{time:O}", "--customer", "c")).Single().GetProperty("balance")
            .GetInt64().ShouldBe(266);
    }

    [Fact]
    public async Task A_customer_that_is_not_there_is_said()
    {
        await using var ledger = await CreateUsedAsync();

        (await ledger.RunAsync("replay", "--customer", "nobody", "--compare")).ShouldBe(
            (1, "ledger: customer nobody is not known\n"));
    }

    [Theory]
    [InlineData("update balances set balance = balance + 1 where customer_id = 'd'", "d OMR/6 -233 -234")]
    [InlineData("update balances set entries = 7 where customer_id = 'd'", "d OMR/6 -234 -234")]
    [InlineData("update balances set position = 1 where customer_id = 'd'", "d OMR/6 -234 -234")]
    [InlineData("delete from balances where customer_id = 'd'", "d OMR/6  -234")]
    [InlineData("insert into balances values ('ghost', 'OMR/6', 5, 1, 1)", "ghost OMR/6 5 ")]
    [InlineData("update mt_events set data = jsonb_set(data, '{amount}', '1') where seq_id = 5", "d OMR/6 -234 1")]
    public async Task A_balance_that_differs_is_named_and_said_with_1(string change, string named)
    {
        await using var ledger = await CreateUsedAsync();
        (await ledger.RunAsync("replay", "--compare")).ShouldBe(
            (0, "2 balances are what the events up to position 5 give\n"));
        await ledger.ExecuteAsync(change);

        var (exitCode, output) = await ledger.RunAsync("replay", "--compare", "--output", "json");

        exitCode.ShouldBe(1, output);
        output.ShouldContain("WRONG: 1 balances aren't what the events up to position 5 give");
        Rows(output[..(output.LastIndexOf(']') + 1)])
            .Select(row => Text(row, "customer_id", "asset", "balance", "replayed_balance")).ShouldBe([named]);
        (await ledger.RunAsync("replay", "--compare", "--customer", "c")).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("update mt_events set data = jsonb_set(data, '{amount}', '1.5') where seq_id = 3", "position 3 ")]
    [InlineData("update mt_events set data = jsonb_set(data, '{amount}', '9223372036854775807') where seq_id in (2, 3)",
        "position 3 ")]
    public async Task An_event_that_cannot_be_replayed_is_named(string change, string named)
    {
        await using var ledger = await CreateUsedAsync();
        await ledger.ExecuteAsync(change);

        var (exitCode, output) = await ledger.RunAsync("replay");

        exitCode.ShouldBe(1);
        output.ShouldContain(named);
    }

    [Fact]
    public async Task A_stream_that_has_lost_an_event_is_told()
    {
        await using var ledger = await CreateUsedAsync();
        await ledger.ExecuteAsync("delete from mt_events where stream_id = 'd'");

        var (exitCode, output) = await ledger.RunAsync("replay", "--customer", "d");

        exitCode.ShouldBe(1);
        output.ShouldContain("ledger verify");
    }

    [Theory]
    [InlineData("--at", "2026-11-01", "--position", "3")]
    [InlineData("--compare", "--position", "3")]
    [InlineData("--compare", "--at", "2026-11-01")]
    [InlineData("--compare", "--explain")]
    [InlineData("--at", "soon")]
    [InlineData("--position", "three")]
    public async Task Wrong_use_is_said_with_2(params string[] options)
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ledger.RunAsync(["replay", .. options])).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task A_position_that_is_not_there_yet_is_said()
    {
        await using var ledger = await CreateUsedAsync();

        var (exitCode, output) = await ledger.RunAsync("replay", "--position", "6");

        exitCode.ShouldBe(1);
        output.ShouldContain("ends at position 5");
    }

    // Positions 1 and 4 open the accounts.
    private static async Task<LedgerHost> CreateUsedAsync()
    {
        var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        await ledger.GrantAsync("c", "g", 500, tenant: null);
        await ledger.RecordAsync(Envelopes.Of("d", "r-1"), 200);
        return ledger;
    }

    private static async Task<JsonElement[]> JsonAsync(LedgerHost ledger, params string[] args)
    {
        var (exitCode, output) = await ledger.RunAsync([.. args, "--output", "json"]);
        exitCode.ShouldBe(0, output);
        return Rows(output);
    }

    private static JsonElement[] Rows(string json) => [.. JsonElement.Parse(json).EnumerateArray()];

    private static string Text(JsonElement row, params string[] names) =>
        string.Join(' ', names.Select(name => row.GetProperty(name).ToString()));
}
