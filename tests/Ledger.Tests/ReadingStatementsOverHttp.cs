using System.Net.Http.Json;
using System.Text.Json;

namespace EventLedger.Ledger.Tests;

public class ReadingStatementsOverHttp
{
    private const string Year = "/billing/customers/c/statement?from=2020-01-01&to=2120-01-01";

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/csv", "text/csv")]
    [InlineData("text/*", "text/csv")]
    [InlineData("application/json;q=0.5, text/csv;q=0.9", "text/csv")]
    [InlineData("text/csv;q=0.5, */*;q=0.1", "text/csv")]
    [InlineData("text/csv;q=0, */*", "application/json")]
    [InlineData("text/html, application/json;q=0.1", "application/json")]
    [InlineData("text/html", null)]
    [InlineData("application/json;q=0", null)]
    [InlineData("nonsense", null)]
    public async Task Comes_in_the_form_that_the_caller_would_rather_have(string? accept, string? form)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        using var request = new HttpRequestMessage(HttpMethod.Get, Year);

        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        var response = await ledger.Client.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(form is null ? 406 : 200);
        response.Content.Headers.ContentType!.MediaType.ShouldBe(form ?? "application/problem+json");
        response.Headers.Vary.ShouldContain("Accept");
    }

    [Fact]
    public async Task In_json_has_balances_and_totals_and_entries_where_they_are_asked_for()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.GrantAsync("c", "g", 1000, tenant: "tenant-acme");
        await ledger.RecordAsync(Envelopes.Of("c", "r", -5), 200);
        await ledger.RecordAsync(Envelopes.Of("c", "s", -7), 200);

        var plain = await ledger.Client.GetFromJsonAsync<JsonElement>(Year);
        var full = await ledger.Client.GetFromJsonAsync<JsonElement>($"{Year}&entries=true");

        plain.GetProperty("opening").GetProperty("OMR/6").GetInt64().ShouldBe(0);
        plain.GetProperty("closing").GetProperty("OMR/6").GetInt64().ShouldBe(988);
        plain.GetProperty("totals").EnumerateArray()
            .Select(total =>
                $"{total.GetProperty("kind")} {total.GetProperty("amount")} {total.GetProperty("entries")}")
            .ShouldBe(["credit_granted 1000 1", "usage_recorded -12 2"]);
        plain.TryGetProperty("entries", out _).ShouldBeFalse();
        full.GetProperty("entries").GetProperty("items").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task Has_the_entries_of_its_totals_and_no_later_ones()
    {
        const int Charges = 90;
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "first"), 200);
        var recording = Task.Run(async () =>
        {
            for (var n = 0; n < Charges; n++)
            {
                await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}"), 200);
            }
        });

        do
        {
            var statement = await ledger.Client.GetFromJsonAsync<JsonElement>($"{Year}&entries=true");
            statement.GetProperty("entries").GetProperty("items").GetArrayLength().ShouldBe(
                statement.GetProperty("totals").EnumerateArray().Sum(total => total.GetProperty("entries").GetInt32()));
        }
        while (!recording.IsCompleted);

        await recording;
    }

    [Fact]
    public async Task In_csv_has_each_entry_with_the_balance_after_it()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.GrantAsync("c", "g", 1000, tenant: "tenant-acme");
        await ledger.RecordAsync(Envelopes.Of("c", "r", -5), 200);
        var lines = (await CsvAsync(ledger)).Split("\r\n");

        lines[0].ShouldStartWith("line,recorded_at,position,entry_id,");
        lines[1].ShouldBe("opening,,,,,,,,,,OMR/6,,0");
        lines[2].ShouldEndWith(",OMR/6,1000,1000");
        lines[3].ShouldEndWith(
            ",usage_recorded,usage:newapi:qwen3-coder,qwen3-coder,r,15,2026-11-21T17:00:00Z,OMR/6,-5,995");
        lines[4].ShouldBe("closing,,,,,,,,,,OMR/6,,995");
        lines[5].ShouldBeEmpty();
        lines.Length.ShouldBe(6);
    }

    [Theory]
    [InlineData("=1+1", ",'=1+1,")]
    [InlineData("@SUM(A1)", ",'@SUM(A1),")]
    [InlineData("-2+3", ",'-2+3,")]
    [InlineData("+x", ",'+x,")]
    [InlineData("\\t=x", ",'\t=x,")]
    [InlineData("\\r\\n=x", ",\"'\r\n=x\",")]
    [InlineData("a,b", ",\"a,b\",")]
    [InlineData("say \\\"x\\\"", ",\"say \"\"x\"\"\",")]
    [InlineData("=\\\"x\\\",y", ",\"'=\"\"x\"\",y\",")]
    [InlineData("größer", ",größer,")]
    public async Task In_csv_holds_no_formula_and_quotes_what_would_break_a_line(string request, string field)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", request), 200);

        (await CsvAsync(ledger)).ShouldContain(field);
    }

    [Fact]
    public async Task In_csv_breaks_off_before_its_end_where_the_entries_are_not_what_the_totals_say()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.ExecuteAsync("""
            set session_replication_role = replica;
            update mt_event_progression set last_seq_id = 2 where name = 'statement_totals';
            insert into statement_totals
            values ('c', 'OMR/6', now() at time zone 'UTC', '', 'x', -1, 1, 0, 0, 0, 0, 0, now(), false)
            on conflict do nothing
            """);

        var csv = "";

        try
        {
            csv = await CsvAsync(ledger);
        }
        catch (HttpRequestException)
        {
            // Broken off.
        }

        csv.ShouldNotContain("closing");
    }

    private static async Task<string> CsvAsync(LedgerHost ledger)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Year);
        request.Headers.Accept.ParseAdd("text/csv");
        var response = await ledger.Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
